import 'reflect-metadata'
import { type Application, bootstrap, type ExecutionEvent, flatSource, isAmbitError, objectSource } from 'ambit'
import { ByType } from './by-type.js'
import { ForgottenRepository } from './forgotten.repository.js'
import { Mailer, MailSettings } from './mail.settings.js'
import { PersonRepository } from './person.repository.js'
import { Person } from './person.js'
import { selection } from './selection.js'
import { Census, Registry } from './services.js'

// What this program saw, as JSON on its last line; the test compares it with the file that it leaves.

const url = process.argv[2] ?? 'sqlite::memory:'
const controls: string[] = []

async function main(): Promise<void> {
  const report = {
    ...(await run([PersonRepository, Registry, Census], population)),
    selection: await selection(),
    byType: await run([PersonRepository, ByType], app =>
      Promise.resolve(app.get(ByType).people === app.get(PersonRepository)),
    ),
    settings: await run([MailSettings, Mailer], app => Promise.resolve(settings(app.get(Mailer)))),
    forgotten: await run([ForgottenRepository], async app =>
      Boolean(await app.get(ForgottenRepository).findOneByName('alice')),
    ),
  }
  console.log(JSON.stringify(report))
}

const CONFIG = [
  objectSource({ mail: { server: { host: 'localhost' }, password: 'secret' } }),
  flatSource({ MAIL_SERVER_PORT: '25', MAIL_TO: 'a,b' }),
]

function settings({ settings: mail, handle }: Mailer): object {
  const { address, to, retries, password } = mail
  return { address, to, retries, password, printed: mail, handle: handle.get() === mail, frozen: Object.isFrozen(mail) }
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
      config: CONFIG,
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
