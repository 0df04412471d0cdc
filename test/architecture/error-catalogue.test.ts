import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as errors from '../../src/errors'
import { codesIn } from './error-codes'
import { readTree, root } from './source-graph'

// Three places say which errors there are: the catalogue (src/errors.ts), the code that throws, and the table in
// docs/reference/errors.md. Each pair is compared both ways.

const catalogue = Object.entries(errors.ERROR_CATALOGUE)
const classes: Readonly<Record<string, unknown>> = { ...errors }
const { catalogues, used } = codesIn(readTree('src'))
const rows = documentedErrors(readFileSync(join(root, 'docs/reference/errors.md'), 'utf8'))

const CODE = /^AMBIT(_[A-Z0-9]+){2,}$/
const SENTENCE = /^\S.{10,}\.$/

describe('the error catalogue', () => {
  it('is not empty, so that what follows says something', () => {
    expect(catalogue.length).toBeGreaterThan(3)
    expect(catalogues.size).toBeGreaterThan(0)
    expect(used.size).toBeGreaterThan(3)
  })

  it('holds the catalogue of every area, and each code once', () => {
    const inAreas = [...catalogues].filter(([name]) => name !== 'ERROR_CATALOGUE').flatMap(([, codes]) => codes)
    expect(catalogue.map(([code]) => code).sort()).toEqual(inAreas.sort())
  })

  it('names classes that ambit/errors exports, and that are errors of ours', () => {
    const isOurs = (name: string): boolean => {
      const found = classes[name]
      return typeof found === 'function' && found.prototype instanceof errors.AmbitError
    }
    const missing = catalogue.filter(([, { thrownAs }]) => !isOurs(thrownAs))
    expect(missing.map(([code, { thrownAs }]) => `${code}: ${thrownAs}`)).toEqual([])
  })

  it('says in a sentence when each code appears', () => {
    const wrong = catalogue.filter(([code, { meaning }]) => !CODE.test(code) || !SENTENCE.test(meaning))
    expect(wrong.map(([code]) => code)).toEqual([])
  })
})

describe('the sources', () => {
  it('use every code of the catalogue', () => {
    expect(catalogue.map(([code]) => code).filter(code => !used.has(code))).toEqual([])
  })

  it('use no code that the catalogue does not have', () => {
    const known = new Set(catalogue.map(([code]) => code))
    expect([...used].filter(([code]) => !known.has(code)).map(([code, file]) => `${file}: ${code}`)).toEqual([])
  })
})

describe('docs/reference/errors.md', () => {
  it('has a row for every code, with its class and meaning, and no other', () => {
    const expected = catalogue.map(
      ([code, { thrownAs, meaning }]) => `| \`${code}\` | \`${thrownAs}\` | ${escaped(meaning)} |`,
    )
    const found = rows.map(row => `| \`${row.code}\` | \`${row.thrownAs}\` | ${row.meaning} |`)
    expect({
      missing: expected.filter(row => !found.includes(row)),
      surplus: found.filter(row => !expected.includes(row)),
    }).toEqual({
      missing: [],
      surplus: [],
    })
  })

  it('says the next step for each', () => {
    expect(rows.filter(({ next }) => next.length < 10).map(({ code }) => code)).toEqual([])
  })

  it('lists each code once', () => {
    const codes = rows.map(({ code }) => code)
    expect(codes.filter((code, index) => codes.indexOf(code) !== index)).toEqual([])
  })
})

describe('the search for codes', () => {
  it('tells definitions from uses, and ignores types, comments and keys', () => {
    const { catalogues: found, used: uses } = codesIn({
      'a/errors.ts': `export const A_ERRORS = { AMBIT_A_ONE: { thrownAs: 'X', meaning: 'AMBIT_A_NO' }, 'AMBIT_A_TWO': {} } as const satisfies Record<\`AMBIT_A_\${string}\`, object>`,
      'a/b.ts': `// 'AMBIT_A_COMMENT'
        type T = 'AMBIT_A_TYPE'
        throw new X('AMBIT_A_ONE')
        const bySqlState = { '23505': 'AMBIT_A_THREE' }
        const next = { AMBIT_A_FOUR: 'Do it.', 'AMBIT_A_FIVE': 'Do it.' }`,
    })
    expect(Object.fromEntries(found)).toEqual({ A_ERRORS: ['AMBIT_A_ONE', 'AMBIT_A_TWO'] })
    expect([...uses.keys()]).toEqual(['AMBIT_A_ONE', 'AMBIT_A_THREE'])
  })

  it('reads the rows of the table, whatever stands around them', () => {
    const text =
      '# Errors\n| code | class | when | next step |\n|---|---|---|---|\n| `AMBIT_A_ONE` | `X` | A \\| b. | Do it. |\nOther `AMBIT_A_TWO`.'
    expect(documentedErrors(text)).toEqual([
      { code: 'AMBIT_A_ONE', thrownAs: 'X', meaning: 'A \\| b.', next: 'Do it.' },
    ])
  })
})

interface Row {
  readonly code: string
  readonly thrownAs: string
  readonly meaning: string
  readonly next: string
}

function documentedErrors(text: string): Row[] {
  return text.split('\n').flatMap(line => {
    const cells = line.split(/(?<!\\)\|/).map(cell => cell.trim())
    const [, code = '', thrownAs = '', meaning = '', next = ''] = cells
    return code.startsWith('`AMBIT_') ? [{ code: unquoted(code), thrownAs: unquoted(thrownAs), meaning, next }] : []
  })
}

function unquoted(cell: string): string {
  return cell.replaceAll('`', '')
}

function escaped(text: string): string {
  return text.replaceAll('|', '\\|')
}
