import { join } from 'node:path'
import type ts from 'typescript'
import { root } from '../../architecture/source-graph'
import { type Compilation, compile, PLAIN_OPTIONS, REPOSITORY_OPTIONS, type TypeProblem } from './support/compiler'
import { fixture } from './support/fixtures'

// Conditions, sorts and allow-lists in code. Here no decorator stands between: the compiler's own words must be good enough,
// so that a change of the types that buries them is seen. A comment before a wrong line holds how its error begins.

jest.setTimeout(120_000)

const CORRECT = fixture('correct-conditions')
const WRONG = fixture('wrong-conditions')
const PATHS = { ambit: [join(root, 'src/index.ts')], 'ambit/*': [join(root, 'src/*.ts')] }

const SETTINGS: readonly (readonly [name: string, options: ts.CompilerOptions])[] = [
  ["the repository's own settings", REPOSITORY_OPTIONS],
  ['plain strict settings', { ...PLAIN_OPTIONS, paths: PATHS }],
]

describe.each(SETTINGS)('conditions in code under %s', (_, options) => {
  let found: Compilation
  beforeAll(() => {
    found = compile([CORRECT.path, WRONG.path], { options, virtual: { ...CORRECT.virtual, ...WRONG.virtual } })
  })

  it('are accepted where they are right', () => {
    expect(found.problemsOf(CORRECT.path)).toEqual([])
  })

  it('are refused where they are wrong, each with one error that names what is', () => {
    const problems = found.problemsOf(WRONG.path)
    expect(problems.map(({ line }) => line)).toEqual([...WRONG.expected.keys()])
    expect(problems.filter(problem => !shown(problem).startsWith(WRONG.expected.get(problem.line) ?? '?'))).toEqual([])
  })
})

/** Exact optional properties have codes of their own for the same words. */
function shown({ code, message }: TypeProblem): string {
  return `TS${USUAL[code] ?? code} ${message}`
}

const USUAL: Readonly<Record<number, number>> = { 2379: 2345, 2375: 2322 }
