import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildSync } from 'esbuild'
import manifest from '../../package.json'
import { root } from '../architecture/source-graph'
import { createTestDatabase, type TestDatabase } from '../support/postgres'

// The program as a process of its own, from a folder like that of an installed package.

const folder = mkdtempSync(join(tmpdir(), 'ambit-test-'))
const program = join(folder, 'node_modules', 'ambit', manifest.bin.ambit)

interface Outcome {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

async function ambit(args: readonly string[], env: Record<string, string> = {}, node: string[] = []): Promise<Outcome> {
  const child = spawn(process.execPath, [...node, program, ...args], {
    cwd: folder,
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let out = ''
  let err = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text))
  const timer = setTimeout(() => child.kill('SIGKILL'), 30_000)
  const [code] = (await once(child, 'close')) as [number | null]
  clearTimeout(timer)
  return { code, out, err }
}

const BODY = `
const Parcel = new EntitySchema({
  name: 'Parcel',
  tableName: 'parcel',
  columns: { id: { type: Number, primary: true, generated: true }, label: { type: String, nullable: true } },
})
class Parcels extends CrudRepository {}
Query.sql('SELECT label FROM ' + (process.env.TABLE ?? 'parcel'))(Parcels.prototype, 'labels')
Repository(Parcel)(Parcels)
setInterval(() => undefined, 60_000) // what keeps a process alive
`

const MODULES = {
  'cjs.cjs': `
    const { EntitySchema } = require('typeorm')
    const { CrudRepository, Query, Repository } = require('ambit')
    ${BODY}
    exports.application = { entities: [Parcel], components: [Parcels] }`,
  'esm.mjs': `
    import { EntitySchema } from 'typeorm'
    import { CrudRepository, Query, Repository } from 'ambit'
    ${BODY}
    export default async () => ({ entities: [Parcel], components: [Parcels] })`,
  'awaiting.mjs': `
    import { EntitySchema } from 'typeorm'
    import { CrudRepository, Query, Repository } from 'ambit'
    await Promise.resolve()
    ${BODY}
    export const application = { entities: [Parcel], components: [Parcels] }`,
  'typed.ts': `
    import { EntitySchema } from 'typeorm'
    import { type BootstrapOptions, CrudRepository, Query, Repository } from 'ambit'
    ${BODY.replaceAll('Parcels.prototype', 'Parcels.prototype as never')}
    export const application: BootstrapOptions = { entities: [Parcel], components: [Parcels] }`,
  'waiting.mjs': `await new Promise(() => undefined)`,
  'never.cjs': `exports.application = () => new Promise(() => undefined)`,
  'exiting.cjs': `process.exit(0)`,
  'later.cjs': `
    Promise.reject(new Error('behind its back'))
    exports.application = () => new Promise(() => undefined)`,
  'throwing.cjs': `throw new Error('on its way in')`,
}

describe('ambit as a process', () => {
  let database: TestDatabase
  beforeAll(async () => {
    installAmbit(join(folder, 'node_modules', 'ambit'))
    for (const name of ['better-sqlite3', 'pg', 'reflect-metadata', 'tsyringe', 'typeorm', 'tsx'])
      symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name))
    for (const [file, text] of Object.entries(MODULES)) writeFileSync(join(folder, file), text)
    database = await createTestDatabase()
    await database.query('CREATE TABLE parcel (id serial, label varchar, CONSTRAINT "PK_parcel" PRIMARY KEY (id))')
  })
  afterAll(async () => {
    await database.drop()
    rmSync(folder, { recursive: true, force: true })
  })

  it.each([
    ['CommonJS', 'cjs.cjs', []],
    ['an ES module', 'esm.mjs', []],
    ['an ES module that awaits at its top level', 'awaiting.mjs', []],
    ['TypeScript, with a loader', 'typed.ts', ['--import', 'tsx']],
  ])('checks %s, and ends although the module keeps the process alive', async (_, file, node) => {
    const env = { DATABASE_URL: database.url }
    const fine = await ambit(['check', file], env, node)
    expect(fine).toEqual({ code: 0, err: '', out: expect.stringMatching(/Parcels \(default\): 1 query, 8 statements/) })
    const wrong = await ambit(['check', file], { ...env, TABLE: 'parcels' }, node)
    expect(wrong).toEqual({ code: 1, err: '', out: expect.stringContaining('where: Parcels.labels') })
  })

  it.each([
    [['check', 'nowhere.js'], /nowhere\.js could not be checked/],
    [['check', 'throwing.cjs'], /on its way in/],
    [['check', 'cjs.cjs'], /Give --url or DATABASE_URL/],
    [
      ['check', 'cjs.cjs', '--url', 'postgres://somebody:do-not-tell@127.0.0.1:1/shop'],
      /AMBIT_DATA_SOURCE_UNREACHABLE/,
    ],
    [['unknown'], /no command 'unknown'/],
  ])('%j ends with 2, and says why on standard error', async (args, says) => {
    const outcome = await ambit(args)
    expect(outcome).toMatchObject({ code: 2, out: '' })
    expect(outcome.err).toMatch(says)
    expect(outcome.err).not.toContain('do-not-tell')
  })

  it('tells its version', async () => {
    expect(await ambit(['--version'])).toEqual({ code: 0, out: `${manifest.version}\n`, err: '' })
  })

  it('writes an answer that is longer than a pipe holds to its end', async () => {
    const text = `
      const { Query, Repository } = require('ambit')
      class Many {}
      for (let n = 0; n < 600; n += 1) Query.sql('SELECT ' + n + ' FROM nowhere')(Many.prototype, 'query' + n)
      Repository()(Many)
      exports.application = { components: [Many], database: { url: 'sqlite::memory:' } }`
    writeFileSync(join(folder, 'many.cjs'), text)
    const { code, out } = await ambit(['check', 'many.cjs', '--json'])
    expect(code).toBe(1)
    expect(out.length).toBeGreaterThan(70_000)
    expect((JSON.parse(out) as { problems: unknown[] }).problems).toHaveLength(600)
  })

  it.each(['waiting.mjs', 'never.cjs', 'exiting.cjs', 'later.cjs'])(
    'is not taken for a success where the process ends without an answer: %s',
    async module => {
      const { code, out, err } = await ambit(['check', module, '--no-sql'])
      expect({ code, out }).toEqual({ code: 2, out: '' })
      expect(err).toContain('ambit: the process ended before there was an answer')
    },
  )
})

/** The sources as a build of the package would hold them. */
function installAmbit(target: string): void {
  const sources = join(root, 'src')
  buildSync({
    entryPoints: readdirSync(sources, { recursive: true, encoding: 'utf8' })
      .filter(file => file.endsWith('.ts'))
      .map(file => join(sources, file)),
    outdir: join(target, 'dist'),
    outbase: sources,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    tsconfigRaw: { compilerOptions: { experimentalDecorators: true, useDefineForClassFields: false } },
  })
  // One face is enough here: scripts/build.cjs makes the other, and checks that the two are one.
  const exported = Object.fromEntries(
    Object.entries(manifest.exports).map(([path, to]) => [path, typeof to === 'string' ? to : to.require.default]),
  )
  writeFileSync(join(target, 'package.json'), JSON.stringify({ ...manifest, exports: exported }))
}
