import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './source-graph'

/** Absolute paths of somebody's machine, which mean nothing on another. Put together here so that this file passes. */
const MACHINE_PATH = new RegExp(`(^|[\\s"'\`(=:])/(${['work', 'home', 'root', 'Users'].join('|')})/\\w`, 'm')

const TEXT =
  /\.(ts|mts|cts|js|mjs|cjs|json|md|ya?ml|sh|sql)$|(^|\/)(run|\.[a-z]+rc|\.[a-z]+ignore|\.editorconfig|LICENSE)$/

describe('the files of the repository', () => {
  const files = repositoryFiles()

  it('are found', () => {
    expect(files).toEqual(expect.arrayContaining(['package.json', 'src/core/ambit-error.ts']))
  })

  it('name no path of the machine they were written on', () => {
    expect(files.filter(file => TEXT.test(file) && MACHINE_PATH.test(read(file)))).toEqual([])
  })

  it('end with one line break, and use no other than line feeds', () => {
    expect(files.filter(file => TEXT.test(file) && !/^$|[^\n]\n$/.test(read(file).slice(-2)))).toEqual([])
    expect(files.filter(file => TEXT.test(file) && read(file).includes('\r\n'))).toEqual([])
  })

  it('hold no test that is switched off for good, and none that switches the others off', () => {
    const off = /\b(?:x(?:it|test|describe)|f(?:it|describe)|(?:it|test|describe)\.(?:only|skip|failing))\s*\(/
    const tests = files.filter(file => file.endsWith('.test.ts') && file !== 'test/architecture/tracked-files.test.ts')
    expect(tests.filter(file => off.test(read(file)))).toEqual([])
  })
})

describe('the search for machine paths', () => {
  it.each(['"/ho' + 'me/me/x"', 'see /wo' + 'rk/x', 'a\n/ro' + 'ot/x', 'C=/Us' + 'ers/x'])('finds %j', text => {
    expect(text).toMatch(MACHINE_PATH)
  })

  it.each(['./work/x', 'https://example.org/home/x', 'network/x', '/usr/bin'])('lets %j pass', text => {
    expect(text).not.toMatch(MACHINE_PATH)
  })
})

/** Tracked and new files; ignored ones belong to the machine. */
function repositoryFiles(): string[] {
  const list = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate'], {
    cwd: root,
    encoding: 'utf8',
  })
  return list.split('\0').filter(file => file !== '' && isThere(file))
}

function isThere(file: string): boolean {
  try {
    read(file)
    return true
  } catch {
    return false // deleted, and not yet committed
  }
}

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8')
}
