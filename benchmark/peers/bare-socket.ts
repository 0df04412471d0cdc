import type { Socket } from 'node:net'
import { Client } from 'pg'
import { BATCHES, ITEM_COLUMNS, ITEMS, itemsOf, PAGE_SIZE, PARTS } from '../item'
import { UNREAD } from '../proof'
import type { Variant } from '../rounds'
import { MANY, newUsername, TABLE, USERS } from '../user'
import type { WorkloadName } from '../workloads/workload'
import { type Execution, execute, parse, SYNC } from './frontend-messages'
import { APPLICATION_NAME, type OpenPeer, type Peer } from './peer'

/**
 * The floor: the bytes of each work, with as few round trips as there can be, written to a socket, and the server's answer
 * awaited, of which nothing is read. No client can be quicker on the same machine.
 */
export const bareSocket: Peer = {
  name: 'bare socket',
  engine: 'postgres',
  role: 'member',
  packages: [],
  async open({ url }): Promise<OpenPeer> {
    const client = new Client({ connectionString: url, application_name: APPLICATION_NAME })
    await client.connect()
    const line = new Line((client as unknown as { readonly connection: { readonly stream: Socket } }).connection.stream)
    await line.send(Object.entries(STATEMENTS).map(([name, text]) => parse(name, text)))
    return { variants: floors(line), close: () => client.end() }
  },
}

function floors(line: Line): Partial<Record<WorkloadName, readonly Variant[]>> {
  return {
    'one-row': floor(() => line.send([oneRow()])),
    'three-reads': floor(async () => {
      for (const [at, { username }] of USERS.entries())
        await line.send([...(at === 0 ? [execute('begin')] : []), oneRow(username)])
      await line.send([execute('commit')])
    }),
    'three-reads-at-once': floor(async () => {
      await line.send([execute('begin'), ...USERS.map(({ username }) => oneRow(username))])
      await line.send([execute('commit')])
    }),
    insert: floor(() => line.send([execute('begin'), execute('insert', newUsername('socket')), execute('commit')])),
    'list-100': floor(() => line.send([list('small')])),
    'list-1000': floor(() => line.send([list('large')])),
    page: floor(() => line.send([execute('page', LARGE), execute('count', LARGE)])),
    family: floor(() => line.send([list('small'), execute('parts', OWNERS)])),
    'save-1000': floor(() => line.send([execute('save', newRows())])),
  }
}

function floor(send: () => Promise<void>): readonly Variant[] {
  const run = async (): Promise<unknown> => {
    await send()
    return UNREAD
  }
  return [{ name: 'bare socket, nothing read', run, floor: true, alone: true }]
}

/** A connection of pg's that nobody else listens to any more. */
class Line {
  readonly #socket: Socket
  #answered: (() => void) | undefined

  constructor(socket: Socket) {
    this.#socket = socket
    socket.removeAllListeners('data')
    socket.on('data', chunk => {
      if (endsWithReady(chunk)) this.#answered?.()
    })
  }

  /** Writes the messages of one round trip, and waits for its end. */
  send(messages: readonly Execution[]): Promise<void> {
    return new Promise(resolve => {
      this.#answered = resolve
      this.#socket.write(Buffer.concat([...messages, SYNC]))
    })
  }
}

/** ReadyForQuery: a Z, its length of five, a letter. Nothing comes behind it. */
function endsWithReady(chunk: Buffer): boolean {
  const at = chunk.length - READY_BYTES
  return at >= 0 && chunk[at] === READY && chunk.readUInt32BE(at + 1) === READY_BYTES - 1
}

const READY = 0x5a
const READY_BYTES = 6

function oneRow(username = 'u1'): Execution {
  return execute('one', username)
}

function list(batch: keyof typeof BATCHES): Execution {
  return execute('list', String(BATCHES[batch].batch))
}

function newRows(): string {
  return JSON.stringify(Array.from({ length: MANY }, () => ({ username: newUsername('socket many'), active: true })))
}

const LARGE = String(BATCHES.large.batch)
/** The keys that a client would have to learn first. */
const OWNERS = `{${itemsOf(BATCHES.small.batch)
  .map(({ id }) => id)
  .join(',')}}`

const LISTED = `SELECT ${ITEM_COLUMNS.join(', ')} FROM ${ITEMS} WHERE batch = $1 ORDER BY id`
const STATEMENTS = {
  begin: 'BEGIN',
  commit: 'COMMIT',
  one: `SELECT id, username, active FROM ${TABLE} WHERE username = $1`,
  insert: `INSERT INTO ${TABLE} (username, active) VALUES ($1, true) RETURNING id`,
  list: LISTED,
  page: `${LISTED} LIMIT ${PAGE_SIZE}`,
  count: `SELECT count(*) FROM ${ITEMS} WHERE batch = $1`,
  parts: `SELECT id, "itemId", label FROM ${PARTS} WHERE "itemId" = ANY ($1) ORDER BY id`,
  save: `INSERT INTO ${TABLE} (username, active) SELECT r.username, r.active
    FROM jsonb_to_recordset($1) AS r(username varchar, active boolean) RETURNING id`,
}
