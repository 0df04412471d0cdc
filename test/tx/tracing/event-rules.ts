import type { ExecutionEvent } from '../../../src/tx/execution-listener'
import type { TransactionTrace } from '../../../src/tx/tracing/transaction-trace'

/** What holds of the events of any run that has come to rest. */
export function checkEvents(events: readonly ExecutionEvent[], awaited: boolean): void {
  const open = new Map<number, number | undefined>()
  const statements = new Set<number>()
  const hooks = new Map<number, number>()
  for (const event of events) {
    if (event.kind === 'boundary') {
      expect(open.has(event.boundary)).toBe(false)
      open.set(event.boundary, event.parent)
    }
    if (event.kind === 'boundary-end') {
      expect(open.delete(event.boundary)).toBe(true)
      if (awaited) expect([...open.values()]).not.toContain(event.boundary)
    }
    if (event.kind === 'statement') statements.add(event.statement)
    if (event.kind === 'statement-end') expect(statements.delete(event.statement)).toBe(true)
    if (event.kind === 'hook') hooks.set(event.boundary, (hooks.get(event.boundary) ?? 0) + 1)
    if (event.kind === 'hook-end') hooks.set(event.boundary, (hooks.get(event.boundary) ?? 0) - 1)
    // A step belongs to a call that has begun and not ended, unless it is the work of nobody any more.
    if (event.kind !== 'boundary' && event.kind !== 'boundary-end' && event.kind !== 'late' && awaited) {
      expect({ event, open: open.has(event.boundary) }).toEqual({ event, open: true })
    }
  }
  expect([...open.keys()]).toEqual([])
  expect([...statements]).toEqual([])
  expect([...hooks.values()].filter(running => running !== 0)).toEqual([])
  checkTransactions(events)
}

/** Each transaction is opened once, by a call or a repetition, and ended once. */
function checkTransactions(events: readonly ExecutionEvent[]): void {
  const opened = events.flatMap(event =>
    event.kind === 'attempt' || (event.kind === 'boundary' && event.decision === 'began') ? [event.transaction] : [],
  )
  const ended = events.flatMap(event => (event.kind === 'end' ? [event.transaction] : []))
  expect(new Set(opened).size).toBe(opened.length)
  expect([...ended].sort()).toEqual([...opened].sort())
}

/** A tree is whole: its calls know their parents, and what began a transaction knows how it ended, unless it still runs. */
export function checkTrace(trace: TransactionTrace): void {
  for (const step of trace.steps) {
    if (step.kind !== 'boundary') continue
    expect(step.parent).toBe(trace.boundary)
    checkTrace(step)
  }
  if (trace.decision !== 'began' || trace.durationMs === undefined || trace.late) return
  expect(trace.steps.filter(({ kind }) => kind === 'end').length).toBe(
    1 + trace.steps.filter(({ kind }) => kind === 'attempt').length,
  )
}
