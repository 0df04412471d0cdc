import { execFileSync } from 'node:child_process'
import { linkSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

interface Registry {
  readonly url: string
  readonly close: () => Promise<void>
}
interface Packument {
  readonly name: string
  readonly 'dist-tags': { readonly latest: string }
  readonly versions: Readonly<
    Record<string, { peerDependencies: object; optionalDependencies: object; dist: { tarball: string } }>
  >
}
const { startRegistry } = jest.requireActual<{ startRegistry: (root: string) => Promise<Registry> }>(
  '../../scripts/package/registry.cjs',
)

// The registry from which the check of the package installs: what is installed here, and nothing else.

const PACKAGES = {
  'node_modules/orm-old': { name: 'orm', version: '1.0.0' },
  'node_modules/orm': {
    name: 'orm',
    version: '2.0.0',
    peerDependencies: { driver: '^1.0.0', absent: '^1.0.0', needed: '^1.0.0' },
    peerDependenciesMeta: { driver: { optional: true }, absent: { optional: true } },
    optionalDependencies: { driver: '1.0.0', elsewhere: '1.0.0' },
  },
  'node_modules/orm/node_modules/driver': { name: 'driver', version: '1.1.0' },
  'node_modules/driver': { name: 'driver', version: '1.0.0' },
  'node_modules/@scope/tool': { name: '@scope/tool', version: '3.0.0' },
}

let folder: string
let registry: Registry

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ambit-registry-'))
  const entries = Object.entries(PACKAGES).map(([path, { name, version }]) => [
    path,
    { version, ...(path.endsWith('orm-old') ? { name } : {}) },
  ])
  write('node_modules/.package-lock.json', { packages: Object.fromEntries(entries) })
  for (const [path, manifest] of Object.entries(PACKAGES)) write(`${path}/package.json`, manifest)
  for (const file of ['binding.gyp', 'deps/source.c', 'build/Release/obj.target/driver.node']) {
    write(`node_modules/driver/${file}`, {})
  }
  const built = join(folder, 'node_modules/driver/build/Release')
  linkSync(join(built, 'obj.target/driver.node'), join(built, 'driver.node'))
  registry = await startRegistry(folder)
})
afterAll(async () => {
  await registry.close()
  rmSync(folder, { recursive: true, force: true })
})

function write(path: string, content: object): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), JSON.stringify(content))
}

async function packument(name: string): Promise<Packument> {
  return (await fetch(`${registry.url}${encodeURIComponent(name)}`)).json() as Promise<Packument>
}

function newest({ versions, 'dist-tags': { latest } }: Packument): Packument['versions'][string] {
  const found = versions[latest]
  if (found === undefined) throw new Error(`${latest} is not offered`)
  return found
}

async function filesOf(tarball: string): Promise<string[]> {
  const path = join(folder, 'fetched.tar')
  writeFileSync(path, new Uint8Array(await (await fetch(tarball)).arrayBuffer()))
  const list = execFileSync('tar', ['-tvf', path], { encoding: 'utf8' }).trimEnd().split('\n')
  return list.filter(line => !line.endsWith('/')).map(line => line.replace(/^(.).* (\S+)$/, '$1 $2'))
}

it('offers each installed version; the one at the top, under its own name, is the latest', async () => {
  const orm = await packument('orm')
  expect([Object.keys(orm.versions).sort(), orm['dist-tags'].latest]).toEqual([['1.0.0', '2.0.0'], '2.0.0'])
  const driver = await packument('driver')
  expect([Object.keys(driver.versions).sort(), driver['dist-tags'].latest]).toEqual([['1.0.0', '1.1.0'], '1.0.0'])
})

it('knows packages of a scope, and none that is not installed', async () => {
  expect((await packument('@scope/tool')).name).toBe('@scope/tool')
  expect((await fetch(`${registry.url}absent`)).status).toBe(404)
})

it('leaves out what may be absent and is, but no peer that is needed', async () => {
  const { peerDependencies, optionalDependencies } = newest(await packument('orm'))
  expect([peerDependencies, optionalDependencies]).toEqual([
    { driver: '^1.0.0', needed: '^1.0.0' },
    { driver: '1.0.0' },
  ])
})

it('packs a package without those below it', async () => {
  const { dist } = newest(await packument('orm'))
  expect(await filesOf(dist.tarball)).toEqual(['- orm/package.json'])
})

it('packs the native part as a file, which npm would not unpack as a link, and not its sources', async () => {
  const { dist } = newest(await packument('driver'))
  const files = await filesOf(dist.tarball)
  expect(files.sort()).toEqual(
    ['binding.gyp', 'build/Release/driver.node', 'package.json'].map(file => `- driver/${file}`),
  )
})
