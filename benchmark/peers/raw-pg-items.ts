import type { Pool } from 'pg'
import type { Variant } from '../rounds'
import { BATCHES, ITEM_COLUMNS, ITEMS, type ItemValues, PAGE_SIZE, PARTS, type PartValues } from '../item'
import { MANY, newUsername, TABLE } from '../user'
import type { WorkloadName } from '../workloads/workload'

const COLUMNS = ITEM_COLUMNS.join(', ')

const LIST = { name: 'ambit_bench_list', text: `SELECT ${COLUMNS} FROM ${ITEMS} WHERE batch = $1 ORDER BY id` }
const PAGE = {
  name: 'ambit_bench_page',
  text: `SELECT ${COLUMNS} FROM ${ITEMS} WHERE batch = $1 ORDER BY id LIMIT $2 OFFSET $3`,
}
const COUNT = { name: 'ambit_bench_count', text: `SELECT count(*)::int AS total FROM ${ITEMS} WHERE batch = $1` }
const PARTS_OF = {
  name: 'ambit_bench_parts',
  text: `SELECT id, "itemId", label FROM ${PARTS} WHERE "itemId" = ANY ($1) ORDER BY id`,
}
const SAVE = {
  name: 'ambit_bench_save',
  text: `INSERT INTO ${TABLE} (username, active) VALUES ${Array.from({ length: MANY }, (_, row) => `($${2 * row + 1}, $${2 * row + 2})`).join(', ')} RETURNING id`,
}

/** Lists, pages and many rows, by hand. */
export function itemsByHand(pool: Pool): Partial<Record<WorkloadName, readonly Variant[]>> {
  const name = 'pg, prepared, by hand'
  return {
    'list-100': [{ name, run: () => list(pool, BATCHES.small.batch) }],
    'list-1000': [{ name, run: () => list(pool, BATCHES.large.batch) }],
    page: [{ name, run: () => page(pool) }],
    family: [{ name, run: () => families(pool) }],
    'save-1000': [{ name, run: () => save(pool) }],
  }
}

async function list(pool: Pool, batch: number): Promise<ItemValues[]> {
  return (await pool.query<ItemValues>({ ...LIST, values: [batch] })).rows
}

async function page(pool: Pool): Promise<unknown> {
  const { batch } = BATCHES.large
  const { rows } = await pool.query<ItemValues>({ ...PAGE, values: [batch, PAGE_SIZE, 0] })
  const { rows: counted } = await pool.query<{ total: number }>({ ...COUNT, values: [batch] })
  return { rows, total: counted[0]?.total }
}

async function families(pool: Pool): Promise<unknown> {
  const items = (await list(pool, BATCHES.small.batch)).map(item => ({ ...item, parts: [] as PartValues[] }))
  const byId = new Map(items.map(item => [item.id, item]))
  const { rows } = await pool.query<PartValues>({ ...PARTS_OF, values: [[...byId.keys()]] })
  for (const part of rows) byId.get(part.itemId)?.parts.push(part)
  return items
}

async function save(pool: Pool): Promise<unknown> {
  const users = Array.from({ length: MANY }, () => ({ username: newUsername('pg many'), active: true }))
  const values = users.flatMap(({ username, active }) => [username, active])
  const { rows } = await pool.query<{ id: number }>({ ...SAVE, values })
  return users.map((user, row) => ({ id: rows[row]?.id, ...user }))
}
