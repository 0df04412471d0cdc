import { bootstrap, transactional } from 'ambit'

async function main(): Promise<void> {
  const silent = { info: () => undefined, warn: () => undefined, error: () => undefined }
  await using app = await bootstrap({ logger: silent, database: { url: 'sqlite::memory:' } })
  let fail: () => void = () => undefined
  await app.run(() =>
    transactional({}, async () => {
      const joined = new Promise<never>((_, reject) => {
        fail = () => {
          reject(new Error('late'))
        }
      })
      void transactional({}, () => joined)
    }),
  )
  fail()
}

process.on('unhandledRejection', error => {
  process.stdout.write(`unhandled: ${(error as Error).message}`)
})
void main()
