import { currentContext } from '../../src/core/async-context'
import { transactional } from '../../src/tx'
import { Environment } from '../../src/tx/environment'
import type { ExecutionEvent } from '../../src/tx/execution-listener'
import { eachTest, outcomeOf } from './harness'

const t = eachTest({ observed: true, dataSources: ['default', 'other'] })
const swallow = (): void => undefined
const E = new Error('E')

type Boundary = Extract<ExecutionEvent, { kind: 'boundary' }>
const ofKind = <K extends ExecutionEvent['kind']>(kind: K): Extract<ExecutionEvent, { kind: K }>[] =>
  t.app.events.filter((event): event is Extract<ExecutionEvent, { kind: K }> => event.kind === kind)

/** The tree of boundaries as lines, indented by depth. */
function tree(): string[] {
  const boundaries = ofKind('boundary')
  const below = (parent: number | undefined, depth: number): string[] =>
    boundaries
      .filter(one => one.parent === parent)
      .flatMap(one => [`${'  '.repeat(depth)}${describe_(one)}`, ...below(one.boundary, depth + 1)])
  return below(undefined, 0)
}

function describe_({ label, decision, dataSource }: Boundary): string {
  return `${label} ${decision} ${dataSource}`
}

describe('execution events', () => {
  it('form a tree of boundaries across data sources', async () => {
    await transactional({ label: 'a' }, async () => {
      await transactional({ label: 'b' }, () => transactional({ label: 'c', propagation: 'NESTED' }, swallow))
      await transactional({ label: 'd', dataSource: 'other' }, () =>
        transactional({ label: 'e', propagation: 'REQUIRES_NEW' }, swallow),
      )
      await Promise.all([
        transactional({ label: 'f', propagation: 'NOT_SUPPORTED' }, () => transactional({ label: 'g' }, swallow)),
        transactional({ label: 'h' }, swallow),
      ])
    })
    expect(tree()).toEqual([
      'a began default',
      '  b joined default',
      '    c savepoint default',
      '  d began other',
      '    e began default',
      '  f no-transaction default',
      '    g began default',
      '  h joined default',
    ])
  })

  it('open and close each boundary once, with its error', async () => {
    const call = transactional({ label: 'a' }, async () => {
      await transactional({ label: 'b', propagation: 'NESTED' }, () => Promise.reject(E)).catch(swallow)
      await transactional({ label: 'c', propagation: 'REQUIRES_NEW' }, () => Promise.reject(E)).catch(swallow)
      await transactional({ label: 'd', propagation: 'SUPPORTS' }, swallow)
    })
    await call
    const opened = ofKind('boundary').map(event => event.boundary)
    const closed = ofKind('boundary-end')
    expect(closed.map(event => event.boundary).sort()).toEqual([...opened].sort())
    const errorOf = (label: string): unknown =>
      closed.find(event => event.boundary === ofKind('boundary').find(one => one.label === label)?.boundary)?.error
    expect(['a', 'b', 'c', 'd'].map(errorOf)).toEqual([undefined, E, E, undefined])
    expect(closed.every(event => event.durationMs >= 0)).toBe(true)
  })

  it('name the transaction of each boundary and the one it suspended', async () => {
    await transactional({ label: 'outer' }, async () => {
      await transactional({ label: 'joined' }, swallow)
      await transactional({ label: 'new', propagation: 'REQUIRES_NEW' }, swallow)
      await transactional({ label: 'none', propagation: 'NOT_SUPPORTED' }, swallow)
    })
    const seen = Object.fromEntries(ofKind('boundary').map(one => [one.label, one]))
    const id = seen['outer']?.transaction
    expect(id).toMatch(/^default#\d+$/)
    expect(seen['outer']?.suspended).toBeUndefined()
    expect(seen['joined']).toMatchObject({ transaction: id, suspended: undefined })
    expect(seen['new']?.suspended).toBe(id)
    expect(seen['new']?.transaction).not.toBe(id)
    expect(seen['none']).toMatchObject({ transaction: undefined, suspended: id })
  })

  it('tell control commands and statements in the order they were sent, and how it ended', async () => {
    await transactional({}, async () => {
      await t.app.sql('insert a')
      await transactional({ propagation: 'NESTED' }, () => t.app.sql('insert b'))
    })
    const lines = t.app.events.flatMap(event =>
      event.kind === 'control' ? [event.command] : event.kind === 'statement-end' ? [event.text] : [],
    )
    expect(lines).toEqual(['BEGIN', 'insert a', 'SAVEPOINT ambit_1', 'insert b', 'RELEASE ambit_1', 'COMMIT'])
    expect(ofKind('end')).toMatchObject([{ outcome: 'committed' }])
  })

  it('tell how a transaction ended that did not commit', async () => {
    await transactional({}, () => t.app.sql('insert a').then(() => Promise.reject(E))).catch(swallow)
    t.app.db.failNext('COMMIT', 'lost')
    await transactional({}, () => t.app.sql('insert a')).catch(swallow)
    expect(ofKind('end').map(event => event.outcome)).toEqual(['rolled-back', 'unknown'])
  })

  it('tell a refused statement with its error and its boundary', async () => {
    t.app.db.failNext('insert a')
    await transactional({}, () => t.app.sql('insert a')).catch(swallow)
    const [statement] = ofKind('statement-end')
    expect(statement).toMatchObject({ text: 'insert a', error: { code: 'XX000' } })
    expect(statement?.boundary).toBe(ofKind('boundary')[0]?.boundary)
  })

  it('show that retry is inert in a participant and in a NESTED block', async () => {
    await transactional({ label: 'outer', retry: 2 }, async () => {
      await transactional({ label: 'joined', retry: 2 }, swallow)
      await transactional({ label: 'block', propagation: 'NESTED', retry: 2 }, swallow)
      await transactional({ label: 'plain' }, swallow)
    })
    const inert = Object.fromEntries(ofKind('boundary').map(one => [one.label, one.inert]))
    expect(inert).toEqual({ outer: [], joined: ['retry'], block: ['retry'], plain: [] })
  })

  it('are the same calls with the same outcome as without a listener', async () => {
    const call = transactional({}, async () => {
      await transactional({}, () => Promise.reject(E)).catch(swallow)
    })
    expect(await outcomeOf(call)).toBe('AMBIT_TX_UNEXPECTED_ROLLBACK')
    expect(currentContext()).toBeUndefined()
  })
})

describe('a listener that fails', () => {
  it('is ignored, and logged', () => {
    const errors: unknown[] = []
    const seen: unknown[] = []
    const environment = new Environment({
      waitTimeoutMs: 1,
      hookTimeoutMs: 1,
      listeners: [
        {
          onEvent: () => {
            throw E
          },
        },
        { onEvent: event => seen.push(event.kind) },
      ],
      logger: { info: swallow, warn: swallow, error: (message, error) => errors.push(message, error) },
      onError: undefined,
    })
    environment.emit(() => ({
      kind: 'boundary-end',
      boundary: 1,
      label: 'a',
      dataSource: 'default',
      decision: 'began',
      error: undefined,
      durationMs: 0,
    }))
    expect(errors).toEqual(['An execution listener failed; it was ignored.', E])
    expect(seen).toEqual(['boundary-end'])
  })
})
