import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

interface EnsureInstalled {
  readonly satisfies: (version: string, range: string) => boolean
  readonly whyInstall: (root: string) => string | undefined
  readonly ensureInstalled: (root: string) => void
}

const { satisfies, whyInstall, ensureInstalled } = jest.requireActual<EnsureInstalled>(
  '../../scripts/ensure-installed.cjs',
)

describe('the Node range', () => {
  const range = '^20.19.0 || ^22.13.0 || >=24.11.0'

  it.each(['20.19.0', '20.20.2', '22.13.0', '22.99.1', '24.11.0', '24.11.0-nightly', '25.0.0', '100.0.0'])(
    'takes %s',
    version => {
      expect(satisfies(version, range)).toBe(true)
    },
  )

  it.each(['18.20.0', '20.18.9', '21.99.0', '22.12.9', '23.11.0', '24.10.9', '0.12.18'])('refuses %s', version => {
    expect(satisfies(version, range)).toBe(false)
  })

  it('is refused itself when the script cannot read it', () => {
    expect(() => satisfies('20.19.0', '~20.19.0')).toThrow('engines.node "~20.19.0" has a part this script cannot read')
  })
})

describe('the look at node_modules', () => {
  let root: string
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'ambit-installed-'))
  })
  afterEach(() => rmSync(root, { recursive: true }))

  const locked = { '': { version: '1.0.0' }, 'node_modules/a': { version: '1.0.0', integrity: 'x' } }

  it('asks for an installation in a bare clone', () => {
    lock(locked)
    expect(whyInstall(root)).toBe('node_modules is missing')
  })

  it('is content with what the lockfile says', () => {
    lock(locked)
    installed({ 'node_modules/a': { version: '1.0.0', integrity: 'x' } })
    expect(whyInstall(root)).toBeUndefined()
  })

  it('asks for an installation when a version, a content or a package differs', () => {
    lock(locked)
    const reason = 'node_modules does not match package-lock.json (a)'
    installed({ 'node_modules/a': { version: '1.0.1', integrity: 'x' } })
    expect(whyInstall(root)).toBe(reason)
    installed({ 'node_modules/a': { version: '1.0.0', integrity: 'y' } })
    expect(whyInstall(root)).toBe(reason)
    installed({})
    expect(whyInstall(root)).toBe(reason)
  })

  it('does not miss packages of other platforms, and names nested ones by their own name', () => {
    lock({
      'node_modules/darwin': { version: '1', optional: true },
      'node_modules/a/node_modules/@s/b': { version: '1' },
    })
    installed({})
    expect(whyInstall(root)).toBe('node_modules does not match package-lock.json (@s/b)')
  })

  it('names three packages and counts the rest', () => {
    lock(Object.fromEntries(['a', 'b', 'c', 'd', 'e'].map(name => [`node_modules/${name}`, { version: '1' }])))
    installed({})
    expect(whyInstall(root)).toBe('node_modules does not match package-lock.json (a, b, c and 2 more)')
  })

  it('works without a lockfile', () => {
    expect(whyInstall(root)).toBe('node_modules is missing')
    installed({})
    expect(whyInstall(root)).toBeUndefined()
  })

  it('tells an old Node off before it looks at anything', () => {
    writeFileSync(join(root, 'package.json'), JSON.stringify({ engines: { node: '>=99.0.0' } }))
    expect(() => {
      ensureInstalled(root)
    }).toThrow(
      `Ambit needs Node >=99.0.0, this is ${process.version}. Install a current LTS from https://nodejs.org and try again.`,
    )
  })

  function lock(packages: object): void {
    writeFileSync(join(root, 'package-lock.json'), JSON.stringify({ packages }))
  }

  function installed(packages: object): void {
    mkdirSync(join(root, 'node_modules'), { recursive: true })
    writeFileSync(join(root, 'node_modules', '.package-lock.json'), JSON.stringify({ packages }))
  }
})
