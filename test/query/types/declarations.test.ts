import { join } from 'node:path'
import type ts from 'typescript'
import { root } from '../../architecture/source-graph'
import { type Compilation, compile, emitDeclarations, PLAIN_OPTIONS, REPOSITORY_OPTIONS } from './support/compiler'
import { type Fixture, fixture, sentenceOf } from './support/fixtures'

// The declarations are in fixtures/. A comment before a wrong one holds its sentence after @ts-expect-error, so that
// `npm run typecheck` also fails where one is accepted.

jest.setTimeout(120_000)

const CORRECT = [
  'entities',
  'correct-expressions',
  'correct-names',
  'correct-sql',
  'correct-classes',
  'correct-of',
].map(fixture)
const WRONG = ['wrong-kinds', 'wrong-expressions', 'wrong-names', 'wrong-sql', 'wrong-classes', 'wrong-of'].map(fixture)

const BUILT = join(root, 'dist-of-types')

const SETTINGS: readonly (readonly [name: string, options: () => ts.CompilerOptions, built: boolean])[] = [
  ["the repository's own settings", () => REPOSITORY_OPTIONS, false],
  ['plain strict settings', () => PLAIN_OPTIONS, false],
  [
    'plain strict settings and the built declarations',
    () => ({ ...PLAIN_OPTIONS, paths: { ambit: [`${BUILT}/index.d.ts`] } }),
    true,
  ],
]

describe.each(SETTINGS)('declarations of queries under %s', (_, options, built) => {
  let found: Compilation
  beforeAll(() => {
    const virtual = built ? emitDeclarations(BUILT) : {}
    found = compiled([...CORRECT, ...WRONG], options(), virtual)
  })

  it('are accepted where they are right', () => {
    expect(CORRECT.flatMap(({ path }) => found.problemsOf(path))).toEqual([])
  })

  it.each(WRONG.map(each => [each.path.replace(/.*\//, ''), each] as const))(
    'of %s are refused, each with one error, which is a sentence',
    (_name, { path, expected }) => {
      const problems = found.problemsOf(path)
      expect(new Map(problems.map(problem => [problem.line, shown(sentenceOf(problem))]))).toEqual(
        new Map([...expected].map(([line, sentence]) => [line, shown(sentence)])),
      )
      expect(problems).toHaveLength(expected.size)
      expect(problems.map(({ code }) => code).filter(code => code !== 1240 && code !== 1241)).toEqual([])
    },
  )
})

describe('declarations of queries', () => {
  it('are accepted where they are right, also without strict', () => {
    const found = compiled(CORRECT, { ...PLAIN_OPTIONS, strict: false }, {})
    expect(CORRECT.flatMap(({ path }) => found.problemsOf(path))).toEqual([])
  })

  it('are tried in good number', () => {
    const queries = (fixtures: readonly Fixture[]): number => fixtures.map(count).reduce((sum, each) => sum + each, 0)
    expect(queries(CORRECT)).toBeGreaterThanOrEqual(150)
    expect(queries(WRONG)).toBeGreaterThanOrEqual(120)
    expect(WRONG.map(({ expected }) => expected.size)).toEqual(WRONG.map(count))
  })

  it("begin their sentence with the method's name, because editors cut what is long", () => {
    const sentences = WRONG.flatMap(({ expected }) => [...expected.values()]).filter(each => !each.startsWith('TS1240'))
    expect(sentences.filter(each => !/^ambit: (?:find|[\w$]+): \S/.test(each))).toEqual([])
  })
})

function compiled(
  fixtures: readonly Fixture[],
  options: ts.CompilerOptions,
  more: Readonly<Record<string, string>>,
): Compilation {
  const virtual = Object.assign({}, more, ...fixtures.map(each => each.virtual)) as Readonly<Record<string, string>>
  return compile(
    fixtures.map(({ path }) => path),
    { options, virtual },
  )
}

function count({ virtual }: Fixture): number {
  return (
    Object.values(virtual)
      .join('\n')
      .split(/@(?:Query|named|plant|user)\b/).length - 1
  )
}

/**
 * Sentences that are told together stand in no order. Only a generic class gets none: the verdict is not known yet, and the
 * compiler writes out the question.
 */
function shown(sentence: string): string {
  return sentence.startsWith('TS1240') ? 'TS1240' : sentence.split(' | ').sort().join(' | ')
}
