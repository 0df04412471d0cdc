import type { Pool, PoolClient } from 'pg'
import { FETCHED, TABLE } from '../user'
import { load } from './packages'

/** What a stream has found. */
export interface Found {
  readonly rows: number
  readonly sum: number
}

interface Row {
  readonly id: number
}

/** Reads all rows one by one, as a program does that works on each. */
export async function readAll<T>(rows: AsyncIterable<T>, idOf: (row: T) => number): Promise<Found> {
  const found = { rows: 0, sum: 0 }
  for await (const row of rows) {
    found.rows += 1
    found.sum += idOf(row)
  }
  return found
}

/** The same where rows come together. */
export async function readBatches(batches: AsyncIterable<readonly Row[]>): Promise<Found> {
  const found = { rows: 0, sum: 0 }
  for await (const rows of batches) {
    for (const { id } of rows) {
      found.rows += 1
      found.sum += id
    }
  }
  return found
}

/** pg-cursor, a portal: a thousand rows at a time, each of which is looked at. */
export async function throughCursor(pool: Pool): Promise<Found> {
  const Cursor = load('pg-cursor') as new (text: string) => CursorLike
  return withClient(pool, async client => {
    const cursor = client.query(new Cursor(SELECT) as never) as unknown as CursorLike
    const found = { rows: 0, sum: 0 }
    for (let rows = await cursor.read(FETCHED); rows.length > 0; rows = await cursor.read(FETCHED)) {
      for (const { id } of rows) {
        found.rows += 1
        found.sum += id
      }
    }
    await cursor.close()
    return found
  })
}

/** pg-query-stream, pg-cursor as a Readable. */
export async function throughQueryStream(pool: Pool): Promise<Found> {
  const QueryStream = load('pg-query-stream') as new (text: string, values: unknown[], options: object) => object
  const stream = new QueryStream(SELECT, [], { batchSize: FETCHED, highWaterMark: FETCHED })
  return withClient(pool, client =>
    readAll(client.query(stream as never) as unknown as AsyncIterable<Row>, ({ id }) => id),
  )
}

interface CursorLike {
  read(count: number): Promise<readonly Row[]>
  close(): Promise<void>
}

async function withClient<R>(pool: Pool, work: (client: PoolClient) => Promise<R>): Promise<R> {
  const client = await pool.connect()
  try {
    return await work(client)
  } finally {
    client.release()
  }
}

const SELECT = `SELECT id, username, active FROM ${TABLE}`
