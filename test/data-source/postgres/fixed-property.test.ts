import fc from 'fast-check'
import { transactional } from 'ambit'
import { postgresWorld } from '../harness'
import { fixed, send } from './statements'
import { TIERS } from './tiers'

// Whatever is asked for together answers as pg answers the same statements one after the other.

const STATEMENTS = [
  fixed('SELECT $1::int * 2 AS n, $1::text AS t', ['n', 't'], { shares: true }),
  fixed('SELECT 10 / $1::int AS n', ['n'], { shares: true }),
  fixed('SELECT g AS n FROM generate_series(1, $1::int) g', ['n'], { shares: true }),
  fixed('INSERT INTO note (k, n) VALUES ($1::int::text, $1::int) RETURNING k, n', ['k', 'n'], { shares: true }),
  fixed('UPDATE note SET n = n + 1 WHERE n >= $1::int', [], { shares: true }),
  fixed("SELECT now() - now() + $1::int * interval '1 day' AS d, NULL::int AS nothing, true AS yes", [
    'd',
    'nothing',
    'yes',
  ]),
] as const

const calls = fc.array(fc.tuple(fc.nat({ max: STATEMENTS.length - 1 }), fc.integer({ min: 0, max: 4 })), {
  minLength: 1,
  maxLength: 8,
})

interface Answer {
  readonly rows?: unknown
  readonly affected?: number
  readonly code?: string | undefined
}

const refused = (error: unknown): Answer => ({ code: (error as { driverError?: { code?: string } }).driverError?.code })

async function undone<T>(work: () => Promise<T>): Promise<T> {
  let answer: { readonly value: T } | undefined
  await transactional({}, async () => {
    answer = { value: await work() }
    throw new Error('undone')
  }).catch(() => undefined)
  if (answer === undefined) throw new Error('the work did not end')
  return answer.value
}

describe.each(TIERS)('on the $tier tier', ({ typeorm }) => {
  const database = postgresWorld({ settings: { prepare: 'auto', typeorm } })

  it('answers of statements that are asked for together equal those of statements sent singly by pg', async () => {
    await fc.assert(
      fc.asyncProperty(calls, async chosen => {
        const { dataSource } = database.world
        const together = await undone(() =>
          Promise.all(
            chosen.map(([which, value]) =>
              send(dataSource, STATEMENTS[which] ?? STATEMENTS[0], value).then<Answer, Answer>(
                answer => answer,
                refused,
              ),
            ),
          ),
        )
        const singly = await undone(async () => {
          const answers: Answer[] = []
          for (const [which, value] of chosen) {
            const { text, columns } = STATEMENTS[which] ?? STATEMENTS[0]
            const runner = dataSource.createQueryRunner()
            answers.push(
              await runner.query(text, [value], true).then<Answer, Answer>(
                ({ records, affected }: { records: unknown[]; affected?: number }) => ({
                  rows: columns.length === 0 ? [] : records,
                  affected: affected ?? records.length,
                }),
                refused,
              ),
            )
          }
          return answers
        })
        expect(together).toEqual(singly)
      }),
      { numRuns: 60 },
    )
  })
})
