import { afterCommit, afterCompletion, beforeCommit, currentTransaction, detached, transactional } from '../../src/tx'
import { Environment } from '../../src/tx/environment'
import type { ExecutionEvent } from '../../src/tx/execution-listener'
import { FakeDatabaseError } from '../support/fake-database'
import { eachTest, gate, outcomeOf, rejection, settled } from './harness'

const t = eachTest({ observed: true, dataSources: ['default', 'other'] })
const swallow = (): void => undefined
const E = new Error('E')

const ofKind = <K extends ExecutionEvent['kind']>(kind: K): Extract<ExecutionEvent, { kind: K }>[] =>
  t.app.events.filter((event): event is Extract<ExecutionEvent, { kind: K }> => event.kind === kind)

/** Every event as a short line, in order. */
function told(): string[] {
  return t.app.events.map(event => `${event.label}: ${event.kind}${said(event)}`)
}

function said(event: ExecutionEvent): string {
  if (event.kind === 'boundary') return ` ${event.decision}`
  if (event.kind === 'control' || event.kind === 'control-end') return ` ${event.command}`
  if (event.kind === 'statement' || event.kind === 'statement-end') return ` ${event.text}`
  if (event.kind === 'hook' || event.kind === 'hook-end') return ` ${event.phase}`
  if (event.kind === 'end') return ` ${event.outcome}`
  return ''
}

describe('execution events come', () => {
  it('in the order of what happens, before and after each step', async () => {
    await transactional({ label: 'a' }, async () => {
      await t.app.sql('insert a')
      beforeCommit(() => t.app.sql('insert b'))
      afterCommit(swallow)
      await transactional({ label: 'n', propagation: 'NESTED' }, () => t.app.sql('insert n'))
    })
    expect(told()).toEqual([
      'a: boundary began',
      'a: statement insert a',
      'a: control BEGIN',
      'a: statement-end insert a',
      'n: boundary savepoint',
      'n: statement insert n',
      'n: control SAVEPOINT ambit_1',
      'n: control-end SAVEPOINT ambit_1',
      'n: statement-end insert n',
      'n: control RELEASE ambit_1',
      'n: control-end RELEASE ambit_1',
      'n: boundary-end',
      'a: hook beforeCommit',
      'a: statement insert b',
      'a: statement-end insert b',
      'a: hook-end beforeCommit',
      'a: control COMMIT',
      'a: control-end COMMIT',
      'a: end committed',
      'a: hook afterCommit',
      'a: hook-end afterCommit',
      'a: boundary-end',
    ])
    const boundaries = new Set(t.app.events.filter(({ label }) => label === 'a').map(({ boundary }) => boundary))
    expect(boundaries.size).toBe(1)
  })

  it('for a savepoint that is rolled back, and for ROLLBACK', async () => {
    const failing = (label: string, propagation: 'REQUIRED' | 'NESTED', inside = swallow): Promise<unknown> =>
      transactional({ label, propagation }, async () => {
        await t.app.sql(`insert ${label}`)
        inside()
        throw E
      })
    const call = transactional({ label: 'a' }, async () => {
      await failing('n', 'NESTED').catch(swallow)
      throw E
    })
    expect(await rejection(call)).toBe(E)
    expect(ofKind('control-end').map(({ label, action, error }) => [label, action, error])).toEqual([
      ['n', 'savepoint', undefined],
      ['n', 'rollback-to', undefined],
      ['n', 'release', undefined],
      ['a', 'rollback', undefined],
    ])
  })

  it('for BEGIN with its own answer where the method asks for it now', async () => {
    await transactional({ label: 'a', begin: 'eager' }, swallow)
    expect(told().slice(1, 3)).toEqual(['a: control BEGIN', 'a: control-end BEGIN'])
  })

  it('with the error of a command, and of a commit whose answer is not read', async () => {
    t.app.db.failNext('SAVEPOINT ambit_1')
    await transactional({ label: 'a' }, async () => {
      await transactional({ propagation: 'NESTED' }, () => t.app.sql('insert n')).catch(swallow)
    }).catch(swallow)
    t.app.db.failNext('COMMIT', 'lost')
    await transactional({ label: 'b' }, () => t.app.sql('insert b')).catch(swallow)
    const failed = ofKind('control-end').filter(({ error }) => error !== undefined)
    expect(failed).toMatchObject([
      { action: 'savepoint', error: { code: 'XX000' } },
      { label: 'b', action: 'commit', error: { code: 'XX000' } },
    ])
  })

  it('with the hooks’ errors, and with the method they were registered in', async () => {
    await transactional({ label: 'a' }, async () => {
      await transactional({ label: 'b' }, () => {
        afterCompletion(() => Promise.reject(E))
      })
    })
    expect(ofKind('hook-end')).toMatchObject([
      { label: 'a', registeredIn: 'b', phase: 'afterCompletion', error: E, durationMs: expect.any(Number) as number },
    ])
    t.app.reports.length = 0
  })

  it('one boundary for a call that is repeated, and an attempt for each repetition', async () => {
    t.app.db.failNext('insert a', 'error', new FakeDatabaseError('40001', 'again'))
    t.app.db.failNext('COMMIT', 'error', new FakeDatabaseError('40P01', 'and again'))
    await transactional({ label: 'a', retry: 3 }, () => t.app.sql('insert a'))
    expect(ofKind('boundary')).toHaveLength(1)
    expect(ofKind('boundary-end')).toMatchObject([{ label: 'a', error: undefined }])
    const [first, ...repetitions] = ofKind('end').map(({ transaction }) => transaction)
    expect(ofKind('boundary')[0]?.transaction).toBe(first)
    expect(ofKind('attempt')).toMatchObject([
      { attempt: 2, error: { code: '40001' } },
      { attempt: 3, error: { code: '40P01' } },
    ])
    expect(ofKind('attempt').map(({ transaction }) => transaction)).toEqual(repetitions)
    expect(ofKind('end').map(({ outcome }) => outcome)).toEqual(['rolled-back', 'rolled-back', 'committed'])
    expect(new Set(t.app.events.map(({ boundary }) => boundary)).size).toBe(1)
  })

  it('with who doomed the transaction', async () => {
    const call = transactional({ label: 'a' }, async () => {
      await transactional({ label: 'b' }, () => Promise.reject(E)).catch(swallow)
    })
    expect(await outcomeOf(call)).toBe('AMBIT_TX_UNEXPECTED_ROLLBACK')
    await transactional({ label: 'c' }, () => currentTransaction()?.setRollbackOnly())
    expect(ofKind('end')).toMatchObject([{ doomedBy: 'b' }, { doomedBy: 'c' }])
  })

  it('with how long a statement waited for its turn, and then ran', async () => {
    const held = t.app.db.holdNext('insert a')
    await transactional({ label: 'a' }, async () => {
      const first = t.app.sql('insert a')
      await held.reached
      const second = t.app.sql('insert b')
      const until = performance.now() + 5
      while (performance.now() < until);
      held.release()
      await Promise.all([first, second])
    })
    const [first, second] = ofKind('statement-end')
    expect(first?.durationMs).toBeGreaterThanOrEqual(5)
    expect(second?.waitedMs).toBeGreaterThanOrEqual(5)
    expect(second?.statement).not.toBe(first?.statement)
    expect(ofKind('statement').map(({ statement }) => statement)).toEqual([first?.statement, second?.statement])
  })
})

describe('a call that is refused', () => {
  const refusals = (): unknown[] =>
    ofKind('boundary')
      .filter(({ decision }) => decision === 'refused')
      .map(({ label, boundary }) => [label, ofKind('boundary-end').find(end => end.boundary === boundary)?.error])

  it.each([
    ['NEVER', { propagation: 'NEVER' }, 'AMBIT_TX_NEVER'],
    ['a level that the running transaction has not', { isolation: 'SERIALIZABLE' }, 'AMBIT_TX_INCOMPATIBLE'],
    ['the same in a block', { isolation: 'SERIALIZABLE', propagation: 'NESTED' }, 'AMBIT_TX_INCOMPATIBLE'],
  ] as const)('starts and ends at once, with its error: %s', async (_, options, code) => {
    await transactional({ label: 'a' }, async () => {
      await t.app.sql('select')
      await transactional({ label: 'b', ...options }, swallow).catch(swallow)
    })
    expect(refusals()).toMatchObject([['b', { code }]])
    const [outer, inner] = ofKind('boundary')
    expect(inner?.parent).toBe(outer?.boundary)
  })

  it('starts and ends where there is no transaction: MANDATORY, a level that does not exist, an engine that refuses', async () => {
    await transactional({ label: 'm', propagation: 'MANDATORY' }, swallow).catch(swallow)
    t.app.db.failNext('open', 'error', E)
    await transactional({ label: 'o' }, swallow).catch(swallow)
    expect(refusals()).toMatchObject([
      ['m', { code: 'AMBIT_TX_MANDATORY' }],
      ['o', E],
    ])
  })

  it('starts and ends where the transaction can only roll back, or has ended meanwhile', async () => {
    const held = t.app.db.holdNext('insert a')
    const opened = gate()
    let late: Promise<string> = Promise.resolve('')
    const call = transactional({ label: 'a' }, async () => {
      await transactional({ label: 'x' }, () => Promise.reject(E)).catch(swallow)
      await transactional({ label: 'doomed', propagation: 'NESTED' }, swallow).catch(swallow)
      const first = t.app.sql('insert a')
      await held.reached
      late = outcomeOf(transactional({ label: 'waits', propagation: 'NESTED' }, swallow))
      void first.catch(swallow).then(opened.open)
      throw E
    })
    held.release()
    await call.catch(swallow)
    expect(await late).toBe('AMBIT_TX_ENDED')
    await opened.opened
    expect(refusals()).toMatchObject([
      ['doomed', { code: 'AMBIT_TX_DOOMED' }],
      ['waits', { code: 'AMBIT_TX_ENDED' }],
    ])
  })
})

describe('late work', () => {
  it('is told of as such: statements, calls and hooks', async () => {
    const opened = gate()
    let floating: Promise<void> = Promise.resolve()
    await transactional({ label: 'a' }, async () => {
      await t.app.sql('insert a')
      floating = opened.opened.then(async () => {
        await t.app.sql('insert b').catch(swallow)
        await transactional({ label: 'b' }, swallow).catch(swallow)
        expect(() => afterCommit(swallow)).toThrow('has ended')
      })
    })
    opened.open()
    await floating
    expect(ofKind('late')).toMatchObject([
      { what: 'statement', label: 'a', text: 'insert b', error: { code: 'AMBIT_TX_ENDED' } },
      { what: 'boundary', label: 'a' },
      { what: 'hook', label: 'a' },
    ])
    expect(ofKind('boundary').map(({ label, decision }) => `${label} ${decision}`)).toEqual(['a began', 'b refused'])
    expect(ofKind('statement')).toHaveLength(1)
  })

  it('has no parent where it was detached', async () => {
    await transactional({ label: 'a' }, () => detached(() => transactional({ label: 'b' }, swallow)))
    expect(ofKind('boundary').map(({ label, parent }) => [label, parent])).toEqual([
      ['a', undefined],
      ['b', undefined],
    ])
  })
})

describe('an event', () => {
  it('cannot be changed by a listener', async () => {
    await transactional({ label: 'a' }, () => t.app.sql('insert a'))
    expect(t.app.events.every(event => Object.isFrozen(event))).toBe(true)
  })

  it('is not made where nobody listens', async () => {
    const environment = new Environment({
      waitTimeoutMs: 1,
      hookTimeoutMs: 1,
      listeners: [],
      logger: { info: swallow, warn: swallow, error: swallow },
      onError: undefined,
    })
    const make = jest.fn()
    environment.emit(make)
    await settled()
    expect(make).not.toHaveBeenCalled()
  })
})
