'use strict'
// What happens to somebody who installs the package: each check goes on in the project that the one before it left.

const { cpSync, readFileSync, writeFileSync } = require('node:fs')
const { join } = require('node:path')
const { DATABASES, inFile, withDatabase } = require('./databases.cjs')
const pages = require('./pages.cjs')

const INSTALLATION_CHECKS = {
  'installs beside TypeORM alone, and loads by import and by require, without any driver': loadsWithoutDriver,
  'installs beside the drivers and the tools of the guide, and npm finds every peer in order': installsBesideTools,
  'runs the first example of README.md as ES modules': project => runsExample(project, 'esm'),
  'runs the first example of README.md as CommonJS': project => runsExample(project, 'cjs'),
  'serves ES modules and CommonJS in one process as one instance': servesBoth,
  'checks an application by its program, ambit': checksApplication,
  'makes no hidden class for a call': makesNoHiddenClasses,
  "runs in a user's jest, CommonJS": runsInJest,
  "runs in a user's jest, ES modules": runsInJestAsModules,
  'takes a user from an empty folder to a tested service, file by file of the guide': followsGuide,
  'refuses to start beside a copy that a library has brought': refusesSecondCopy,
  'runs the first example of README.md on TypeORM 0.3': runsOnOlderTypeOrm,
}

const PARTS = {
  esm: { type: 'module', extension: '.js' },
  cjs: { type: 'commonjs', extension: '' },
}

async function loadsWithoutDriver(project, tarball) {
  await project.install(tarball, 'typeorm')
  project.write({ 'load.cjs': program('load.cjs') })
  await project.run(['load.cjs'])
}

async function installsBesideTools(project) {
  await project.install('pg', 'better-sqlite3', ...pages.guideTools())
  await project.verifyTree()
}

async function runsExample(project, part) {
  writePart(project, part)
  await project.compile(part)
  await printsAndStores(project, part)
}

function writePart(project, part) {
  project.write({
    [`${part}/package.json`]: JSON.stringify({ type: PARTS[part].type }),
    [`${part}/tsconfig.json`]: pages.guideTsconfig(),
    [`${part}/src/main.ts`]: pages.firstExample(),
    [`${part}/src/classes.ts`]: pages.exampleClasses(),
  })
}

async function printsAndStores(project, part) {
  for (const create of DATABASES) {
    await withDatabase(create, project.folder, async database => {
      const printed = await project.run([join(part, 'dist', 'main.js')], database.env)
      same(printed.sort(), pages.expectedOutput(), `${database.name}: what the example prints`)
      await storesAlice(database)
    })
  }
}

/** Bob was saved by the call that failed, and must be gone with it. */
async function storesAlice({ name, users }) {
  if (users !== undefined) same(await users(), ['alice'], `${name}: the users that the example stores`)
}

async function servesBoth(project) {
  project.write({ 'mixed.cjs': program('mixed.cjs') })
  await withDatabase(inFile, project.folder, async ({ env, users }) => {
    await project.run(['mixed.cjs'], env)
    same(await users(), ['dave', 'erin'], 'the users that both faces store')
  })
}

async function checksApplication(project) {
  project.write({ 'application.cjs': program('application.cjs') })
  const printed = await project.run([join('node_modules', '.bin', 'ambit'), 'check', 'application.cjs'])
  same(
    printed.slice(0, 2),
    ['application.cjs: 1 repository', '  Parcels (default): 1 query, 8 statements'],
    'the check',
  )
}

/**
 * An object that is spread and then gets a further property has a hidden class of its own in V8, at each evaluation: forty
 * times what writing it out costs, and whoever reads it misses its caches. V8's log says where one is made.
 */
async function makesNoHiddenClasses(project) {
  const times = 400
  project.write({ 'calls.cjs': program('calls.cjs') })
  const [starting, calling] = [await hiddenClasses(project, 0), await hiddenClasses(project, times)]
  if (starting.size < 100) throw new Error('the log of V8 tells of no hidden classes at all')
  const more = [...calling].map(([place, count]) => [place, count - (starting.get(place) ?? 0)])
  const often = more.filter(([, count]) => count > times / 2)
  return often.map(([place, count]) => `${count} times in ${times} calls: ${place}`)
}

/** How many hidden classes each place of the program made, with so many calls of each kind. */
async function hiddenClasses(project, times) {
  const log = join(project.folder, 'v8.log')
  await project.run(['--log-maps', `--logfile=${log}`, '--no-logfile-per-isolate', 'calls.cjs', String(times)])
  const places = new Map()
  for (const line of readFileSync(log, 'utf8').split('\n')) {
    const [event, , , , , , row, column, , property] = line.split(',')
    if (event !== 'map') continue
    const place = `line ${row}, column ${column}, which adds ${property}`
    places.set(place, (places.get(place) ?? 0) + 1)
  }
  return places
}

async function runsInJest(project) {
  await runsTests(project, 'cjs', pages.guideJestConfig('module.exports'))
}

async function runsInJestAsModules(project) {
  const oneInstance = `
    import { createRequire } from 'node:module'
    import * as imported from 'ambit'

    it('is one instance', () => {
      const required: typeof imported = createRequire(import.meta.url)('ambit')
      expect(Object.keys(required).filter(name => Reflect.get(required, name) !== Reflect.get(imported, name))).toEqual([])
    })
  `
  project.write({ 'esm/src/one-instance.test.ts': oneInstance })
  await runsTests(project, 'esm', pages.guideJestConfig('export default'), {
    NODE_OPTIONS: '--experimental-vm-modules',
  })
}

async function runsTests(project, part, config, env = {}) {
  const { extension } = PARTS[part]
  project.write({
    [`${part}/jest.config.js`]: config,
    [`${part}/src/awaitable.ts`]: pages.awaitableExample(),
    [`${part}/src/printed.ts`]: `
      import { format } from 'node:util'
      export const printed: string[] = []
      console.log = (...what: unknown[]) => void printed.push(format(...what))
    `,
    [`${part}/src/example.test.ts`]: `
      import { printed } from './printed${extension}'
      import { done } from './awaitable${extension}'

      it('prints what it says', async () => {
        await done
        expect(printed.sort()).toEqual(${JSON.stringify(pages.expectedOutput())})
      })
    `,
  })
  await withDatabase(inFile, project.folder, async database => {
    await project.jest(part, { ...env, ...database.env })
    await storesAlice(database)
  })
}

async function followsGuide(project) {
  const { texts, output } = pages.guideFiles()
  project.write({
    'guide/package.json': JSON.stringify({ type: 'commonjs' }),
    'guide/tsconfig.json': pages.guideTsconfig(),
    'guide/jest.config.js': pages.guideJestConfig('module.exports'),
    ...Object.fromEntries(texts.map(([file, text]) => [`guide/src/${file}`, text])),
  })
  await project.compile('guide')
  const printed = await project.run([join('guide', 'dist', 'main.js')])
  same(printed.slice(-output.length), output, 'what the program of the guide prints')
  await project.jest('guide')
}

async function refusesSecondCopy(project) {
  const library = join(project.folder, 'node_modules', 'library')
  const nested = join(library, 'node_modules', 'ambit')
  cpSync(join(project.folder, 'node_modules', 'ambit'), nested, { recursive: true })
  const manifest = JSON.parse(readFileSync(join(nested, 'package.json'), 'utf8'))
  writeFileSync(
    join(nested, 'package.json'),
    JSON.stringify({ ...manifest, version: `${manifest.version}-of-the-library` }),
  )
  project.write({
    'node_modules/library/index.js': "module.exports = require('ambit')",
    'second-copy.cjs': program('second-copy.cjs'),
  })
  await project.run(['second-copy.cjs'])
}

async function runsOnOlderTypeOrm(project) {
  await project.install('typeorm@0.3')
  const { version } = JSON.parse(readFileSync(join(project.folder, 'node_modules', 'typeorm', 'package.json'), 'utf8'))
  same(version.split('.').slice(0, 2), ['0', '3'], 'the version of TypeORM')
  await project.verifyTree()
  await project.compile('cjs')
  await printsAndStores(project, 'cjs')
}

function program(name) {
  return readFileSync(join(__dirname, 'programs', name), 'utf8')
}

function same(found, expected, what) {
  const [left, right] = [JSON.stringify(found), JSON.stringify(expected)]
  if (left !== right) throw new Error(`${what}: ${left} instead of ${right}`)
}

module.exports = { INSTALLATION_CHECKS }
