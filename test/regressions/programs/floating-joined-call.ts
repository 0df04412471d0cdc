import { bootstrap, Service, Transactional } from 'ambit'

let fail: () => void = () => undefined

@Service()
class Work {
  @Transactional()
  async start(): Promise<void> {
    void this.joined()
  }

  @Transactional()
  async joined(): Promise<void> {
    await new Promise<never>((_, reject) => {
      fail = () => {
        reject(new Error('late'))
      }
    })
  }
}

async function main(): Promise<void> {
  const silent = { info: () => undefined, warn: () => undefined, error: () => undefined }
  await using app = await bootstrap({ logger: silent, database: { url: 'sqlite::memory:' }, components: [Work] })
  await app.get(Work).start()
  fail()
}

process.on('unhandledRejection', error => {
  process.stdout.write(`unhandled: ${(error as Error).message}`)
})
void main()
