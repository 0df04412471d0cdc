import {
  afterCommit,
  afterCompletion,
  afterRollback,
  beforeCommit,
  detached,
  transactional,
  type TransactionOutcome,
} from '../../src/tx'
import { eachTest, gate, outcomeOf } from './harness'

const t = eachTest({ dataSources: ['default', 'other'] })
const E = new Error('E')
const swallow = (): void => undefined

/** Registers one hook of each phase and records what runs. */
function recordAll(trace: string[], name: string): void {
  beforeCommit(() => trace.push(`${name} before`))
  afterCommit(() => trace.push(`${name} committed`))
  afterRollback(() => trace.push(`${name} rolled back`))
  afterCompletion(outcome => trace.push(`${name} completed ${outcome}`))
}

describe('hooks of NESTED blocks', () => {
  it('G-13 are dropped or kept by what became of the block, with its outcome', async () => {
    const trace: string[] = []
    await transactional({}, async () => {
      recordAll(trace, 'outer')
      await transactional({ propagation: 'NESTED' }, async () => {
        await t.app.sql('insert n')
        recordAll(trace, 'lost')
        await transactional({ propagation: 'NESTED' }, () => recordAll(trace, 'inside lost'))
        throw E
      }).catch(swallow)
      await transactional({ propagation: 'NESTED' }, () => recordAll(trace, 'kept'))
      expect(trace).toEqual([])
    })
    expect(trace).toEqual([
      'outer before',
      'kept before',
      'outer committed',
      'lost rolled back',
      'inside lost rolled back',
      'kept committed',
      'outer completed committed',
      'lost completed rolled-back',
      'inside lost completed rolled-back',
      'kept completed committed',
    ])
  })

  it.each([
    ['the whole transaction', 'REQUIRED'],
    ['a block around it', 'NESTED'],
  ] as const)('are not lost when %s fails while they are still running', async (_, around) => {
    const outcomes: TransactionOutcome[] = []
    const go = gate()
    let block: Promise<unknown> | undefined
    const failing = async (): Promise<void> => {
      const inside = gate()
      block = transactional({ propagation: 'NESTED' }, async () => {
        await t.app.sql('insert n')
        afterCompletion(outcome => outcomes.push(outcome))
        inside.open()
        await go.opened
      }).catch(swallow)
      await inside.opened
      throw E
    }
    await transactional({}, () => transactional({ propagation: around }, failing).catch(swallow)).catch(swallow)
    expect(outcomes).toEqual(['rolled-back'])
    go.open()
    await block
    expect(t.app.db.rows()).toEqual([])
  })
})

describe('hooks where there is nothing to hook on', () => {
  const register = { beforeCommit, afterCommit, afterRollback, afterCompletion }

  it.each(Object.entries(register))('R9 %s is refused outside every transaction', (name, hook) => {
    expect(() => hook(() => undefined)).toThrow(
      expect.objectContaining({
        code: 'AMBIT_TX_NONE',
        message: expect.stringContaining(
          `${name}() was called where no transaction is active on 'default'.`,
        ) as unknown,
      }),
    )
  })

  it.each(['SUPPORTS', 'NOT_SUPPORTED', 'NEVER'] as const)(
    'SP-37 is refused in %s without a transaction',
    async propagation => {
      expect(await outcomeOf(transactional({ propagation }, () => afterCommit(() => undefined)))).toBe('AMBIT_TX_NONE')
    },
  )

  it('is refused in detached work', async () => {
    await transactional({}, () => {
      expect(() => detached(() => afterCommit(() => undefined))).toThrow(
        expect.objectContaining({ code: 'AMBIT_TX_NONE' }),
      )
    })
  })

  it('is refused for a data source without a transaction, and taken by the one that is named', async () => {
    const trace: string[] = []
    await transactional({ dataSource: 'other' }, async () => {
      expect(() => afterCommit(() => undefined)).toThrow(expect.objectContaining({ code: 'AMBIT_TX_NONE' }))
      afterCommit(() => trace.push('other'), { dataSource: 'other' })
    })
    expect(trace).toEqual(['other'])
  })
})
