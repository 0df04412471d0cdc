import fc from 'fast-check'
import { printTrace, type TransactionTrace } from '../../../src'
import { Traces } from '../../../src/tx/tracing/traces'
import { settled, TestApp } from '../harness'
import { callTrees } from '../model/call-tree'
import { runTree } from '../model/run-tree'
import { checkEvents, checkTrace } from './event-rules'

const swallow = (): void => undefined

describe('of any tree of calls', () => {
  it.each(['for all', 'for the first failure'] as const)(
    'every step that starts ends once, and parents end after their children unless these are late, waiting %s',
    async waiting => {
      await fc.assert(
        fc.asyncProperty(callTrees({ parallel: true }), async tree => {
          const kept: TransactionTrace[] = []
          const collected = new Traces({ print: false, limit: 10_000 }, swallow)
          const world = new TestApp({
            observed: true,
            dataSources: ['default', 'other'],
            listeners: [collected.listener],
          })
          try {
            await runTree(world, tree, waiting)
            await settled()
          } finally {
            world.close()
          }
          kept.push(...collected.kept)
          checkEvents(world.events, waiting === 'for all')
          for (const trace of kept) checkTrace(trace)
          expect(collected.open).toBe(0)
          expect(kept.map(printTrace).every(text => !text.includes('undefined'))).toBe(true)
        }),
        { numRuns: 100 },
      )
    },
    60_000,
  )
})
