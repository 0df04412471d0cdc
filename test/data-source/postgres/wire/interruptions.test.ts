import { transactional } from 'ambit'
import type { Client, Notification } from 'pg'
import { MessageProxy, PASS, type PassingMessage } from '../../../support/message-proxy'
import { createTestDatabase, type TestDatabase } from '../../../support/postgres'
import { backendMessage, report } from '../../../support/wire-messages'
import { poolOf, World } from '../../harness'
import {
  adoptionOf,
  behindOurBack,
  fixed,
  INSERT_NOTE,
  INSERT_RETURNING,
  SELECT_NOTE,
  send,
  single,
} from '../statements'

// The server may speak up at any time: notices of triggers, changed parameters, notifications. They reach pg's own events,
// and change nothing.

let database: TestDatabase
let proxy: MessageProxy
let world: World
let notices: string[]
let notified: Notification[]

beforeAll(async () => {
  database = await createTestDatabase()
  proxy = await MessageProxy.start(database.url)
  world = await World.start(database, { settings: { url: proxy.url, schema: 'create', poolSize: 1 } })
  await database.query(`
    CREATE FUNCTION speak() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      RAISE NOTICE 'stored %', NEW.k; RAISE WARNING 'beware of %', NEW.k;
      PERFORM set_config('application_name', 'renamed ' || NEW.k, true); RETURN NEW;
    END $$;
    CREATE TRIGGER speaks BEFORE INSERT ON note FOR EACH ROW EXECUTE FUNCTION speak()`)
})
afterAll(async () => {
  await world.app.close()
  await proxy.close()
  await database.drop()
})
beforeEach(async () => {
  await world.empty()
  await send(world.dataSource, SELECT_NOTE, 'warm')
  notices = []
  notified = []
  const [client] = (poolOf(world.dataSource) as unknown as { _clients: Client[] })._clients
  client?.removeAllListeners('notice').on('notice', ({ message = '' }) => notices.push(message))
  client?.removeAllListeners('notification').on('notification', notification => notified.push(notification))
})
afterEach(async () => {
  proxy.judge = () => PASS
  await world.assertClean()
})

const insert = (k: string): Promise<unknown> => send(world.dataSource, INSERT_NOTE, k, 1)

/** One of each kind that may come unasked. */
const UNASKED = Buffer.concat([
  report('N', 'WARNING', '01000', 'unasked'),
  backendMessage('S', 'application_name\0another\0'),
  backendMessage('A', Buffer.concat([Buffer.from([0, 0, 0, 9]), Buffer.from('channel\0payload\0')])),
])

/** What comes before every single message of the server, from now on. */
function speakAlways(): { count: number } {
  const spoken = { count: 0 }
  proxy.judge = ({ from, type }: PassingMessage) => {
    if (from === 'client' || type === 'R') return PASS
    spoken.count += 1
    return { do: 'precede', bytes: UNASKED }
  }
  return spoken
}

describe('messages that nobody asked for, before each message of the server', () => {
  const cases: readonly (readonly [string, () => Promise<unknown>, unknown])[] = [
    ['a lone read', () => send(world.dataSource, SELECT_NOTE, 'none'), { rows: [], affected: 0 }],
    ['a lone write', () => send(world.dataSource, INSERT_RETURNING, 'a', 4), { rows: [{ n: 4 }], affected: 1 }],
    [
      'a single write with COMMIT',
      () => single(world.dataSource, 'write', () => send(world.dataSource, INSERT_RETURNING, 'a', 4)),
      { rows: [{ n: 4 }], affected: 1 },
    ],
    [
      'statements that share a write',
      () => transactional({}, () => Promise.all([insert('a'), insert('b'), send(world.dataSource, SELECT_NOTE, 'a')])),
      [
        { rows: [], affected: 1 },
        { rows: [], affected: 1 },
        { rows: [{ k: 'a', n: 1 }], affected: 1 },
      ],
    ],
    [
      'a statement that is parsed and described',
      () => send(world.dataSource, fixed('SELECT 1 AS unasked', ['unasked'])),
      { rows: [{ unasked: 1 }], affected: 1 },
    ],
  ]

  it.each(cases)('%s', async (_name, run, expected) => {
    const spoken = speakAlways()
    expect(await run()).toEqual(expected)
    proxy.judge = () => PASS
    expect(spoken.count).toBeGreaterThan(2)
    expect(notices.filter(message => message === 'unasked')).toHaveLength(spoken.count)
    expect(notified).toHaveLength(spoken.count)
    expect(notified[0]).toMatchObject({ channel: 'channel', payload: 'payload', processId: 9 })
  })

  it('a failing statement among others keeps its error, and the others theirs', async () => {
    speakAlways()
    const outcomes = await transactional({}, () =>
      Promise.allSettled([insert('a'), send(world.dataSource, fixed('SELECT 1 / 0 AS n', ['n'], { shares: true }))]),
    ).catch((error: unknown) => (error as Error).name)
    expect(outcomes).toBe('UnexpectedRollbackError')
    expect(await world.rows()).toEqual([])
  })
})

describe('what a real server says in the middle of a batch', () => {
  it('a trigger’s notices and warnings, and the parameter that it sets', async () => {
    await single(world.dataSource, 'write', () => insert('a'))
    await transactional({}, () => Promise.all([insert('b'), insert('c')]))
    const said = ['a', 'b', 'c'].flatMap(k => [`stored ${k}`, `beware of ${k}`])
    expect(notices).toEqual(said)
    expect(await world.rows()).toEqual(['a', 'b', 'c'])
  })

  it('notifications to a listener on the same connection', async () => {
    await behindOurBack(world.dataSource, 'LISTEN orders')
    const notify = fixed("SELECT pg_notify('orders', $1) AS told", ['told'])
    await single(world.dataSource, 'write', () => send(world.dataSource, { ...notify, effect: 'write' }, 'one'))
    await send(world.dataSource, { ...notify, effect: 'write' }, 'two')
    expect(notified.map(({ payload }) => payload)).toEqual(['one', 'two'])
    await behindOurBack(world.dataSource, 'UNLISTEN *')
  })

  it('does not make the tier another', () => {
    expect(adoptionOf(world.dataSource).engine).toMatchObject({ statementTier: { tier: 'wire' } })
  })
})
