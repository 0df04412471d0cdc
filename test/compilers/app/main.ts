import 'reflect-metadata'
import { type Application, bootstrap, type ExecutionEvent, isAmbitError } from 'ambit'
import { ByType } from './by-type.js'
import { ForgottenRepository } from './forgotten.repository.js'
import { PersonRepository } from './person.repository.js'
import { Person } from './person.js'
import { Census, Registry } from './services.js'

// What this program saw, as JSON on its last line; the test compares it with the file that it leaves.

const url = process.argv[2] ?? 'sqlite::memory:'
const controls: string[] = []

async function main(): Promise<void> {
  const report = {
    ...(await run([PersonRepository, Registry, Census], population)),
    byType: await run([PersonRepository, ByType], app =>
      Promise.resolve(app.get(ByType).people === app.get(PersonRepository)),
    ),
    forgotten: await run([ForgottenRepository], async app =>
      Boolean(await app.get(ForgottenRepository).findOneByName('alice')),
    ),
  }
  console.log(JSON.stringify(report))
}

async function run<T extends object | boolean>(
  components: (new (...args: never[]) => object)[],
  use: (app: Application) => Promise<T>,
): Promise<T | { code: string; message: string }> {
  try {
    const app = await bootstrap({
      database: { url, schema: 'create' },
      entities: [Person],
      components,
      listeners: [{ onEvent: note }],
    })
    return await use(app).finally(() => app.close())
  } catch (error) {
    if (!isAmbitError(error)) throw error
    const { cause } = error
    const root = isAmbitError(cause) ? cause : error
    return { code: root.code, message: root.message }
  }
}

async function population(app: Application): Promise<object> {
  const [people, registry, census] = [app.get(PersonRepository), app.get(Registry), app.get(Census)]
  await registry.register('alice', 'bob')
  const refused = await registry.register('carol', 'alice').then(
    () => 'nothing',
    (error: unknown) => (error as { code: string }).code,
  )
  controls.length = 0
  return {
    census: await census.take('bob'),
    controls: [...controls],
    refused,
    welcomed: registry.welcomed,
    retired: (await people.findLike({ active: false, pattern: 'b%' })).map(person => person.name),
  }
}

function note(event: ExecutionEvent): void {
  if (event.kind === 'control') controls.push(event.command)
}

main().catch((error: unknown) => {
  console.error(error)
  process.exitCode = 1
})
