import { transactional } from 'ambit'
import { concludes } from '../../../../src/data-source/statements/concludes'
import { rejection, Undo, type World } from '../../harness'
import { behindOurBack, fixed, INSERT_NOTE, INSERT_RETURNING, SELECT_NOTE, send, single } from '../statements'

/** What is sent over a connection that is cut at each of its messages. There is one row before: `seed`. */
export interface Scenario {
  readonly name: string
  /** The keys that a success has stored. */
  readonly stores: readonly string[]
  /** The statement whose being under way leaves the outcome open, by its first word. */
  readonly decisive: 'COMMIT' | 'INSERT' | undefined
  /** The statements of a run that nothing cuts, by their first words, where they are more than one would think. */
  readonly sends?: readonly string[]
  /** Done before, and never cut. */
  prepare?(world: World): Promise<unknown>
  run(world: World): Promise<unknown>
}

const reads = (world: World): Promise<unknown> => send(world.dataSource, SELECT_NOTE, 'seed')
const writes = (world: World, k: string): Promise<unknown> => send(world.dataSource, INSERT_NOTE, k, 1)

export const SCENARIOS: readonly Scenario[] = [
  { name: 'a lone read', stores: [], decisive: undefined, run: reads },
  {
    name: 'a lone single write, COMMIT in its write',
    stores: ['a'],
    decisive: 'COMMIT',
    run: world => single(world.dataSource, 'write', () => send(world.dataSource, INSERT_RETURNING, 'a', 1)),
  },
  { name: 'a lone write outside transactions', stores: ['a'], decisive: 'INSERT', run: world => writes(world, 'a') },
  {
    name: 'a transaction of several statements, fixed and raw',
    stores: ['a', 'b', 'c'],
    decisive: 'COMMIT',
    run: world =>
      transactional({}, async () => {
        await writes(world, 'a')
        await reads(world)
        await world.write('b')
        await writes(world, 'c')
      }),
  },
  {
    name: 'Promise.all in a transaction',
    stores: ['a', 'b'],
    decisive: 'COMMIT',
    run: world => transactional({}, () => Promise.all([writes(world, 'a'), reads(world), writes(world, 'b')])),
  },
  {
    name: 'NESTED blocks, one kept and one undone',
    stores: ['a', 'b', 'd'],
    decisive: 'COMMIT',
    run: world => transactional({}, () => nested(world)),
  },
  {
    name: 'a stream in a transaction that writes',
    stores: ['a'],
    decisive: 'COMMIT',
    run: world =>
      transactional({}, async () => {
        await writes(world, 'a')
        const rows = await world.dataSource.createQueryRunner().stream('SELECT generate_series(1, 3)')
        for await (const row of rows) void row
      }),
  },
  {
    name: 'reads that share a round trip on a full pool',
    stores: [],
    decisive: undefined,
    run: world => Promise.all([1, 2, 3].map(() => reads(world))),
  },
  {
    name: 'reads that are all, COMMIT in their write',
    stores: [],
    decisive: 'COMMIT',
    sends: ['BEGIN READ ONLY', 'SELECT', 'SELECT', 'COMMIT'],
    run: allReads,
  },
  {
    name: 'reads that are all, prepared anew after DISCARD ALL',
    stores: [],
    decisive: 'COMMIT',
    sends: ['BEGIN READ ONLY', 'SELECT', 'SELECT', 'ROLLBACK', 'BEGIN READ ONLY', 'SELECT', 'SELECT', 'COMMIT'],
    prepare: world => behindOurBack(world.dataSource, 'DISCARD ALL'),
    run: allReads,
  },
  {
    name: 'preparing anew in a transaction after DISCARD ALL',
    stores: ['a'],
    decisive: 'COMMIT',
    sends: ['BEGIN', 'INSERT', 'ROLLBACK', 'BEGIN', 'INSERT', 'SELECT', 'COMMIT'],
    prepare: world => behindOurBack(world.dataSource, 'DISCARD ALL'),
    run: world =>
      transactional({}, async () => {
        await writes(world, 'a')
        await reads(world)
      }),
  },
  {
    name: 'preparing anew outside transactions after DISCARD ALL',
    stores: ['a'],
    decisive: 'INSERT',
    prepare: world => behindOurBack(world.dataSource, 'DISCARD ALL'),
    run: world => writes(world, 'a'),
  },
]

function allReads(world: World): Promise<unknown> {
  return single(world.dataSource, 'turn', () => {
    concludes(world.dataSource, 2)
    return Promise.all([reads(world), reads(world)])
  })
}

async function nested(world: World): Promise<void> {
  await writes(world, 'a')
  await transactional({ propagation: 'NESTED' }, () => writes(world, 'b'))
  const undone = transactional({ propagation: 'NESTED' }, async () => {
    await writes(world, 'c')
    throw new Undo()
  })
  const error = await rejection(undone)
  if (!(error instanceof Undo)) throw error
  await writes(world, 'd')
}

/** The first statement of an application: the connection is made and tried out for it. */
export const FIRST: Scenario = {
  name: 'the first connection',
  stores: ['a'],
  decisive: 'COMMIT',
  run: world =>
    transactional({}, async () => {
      await writes(world, 'a')
      await send(world.dataSource, fixed('SELECT 1 AS one', ['one']))
    }),
}
