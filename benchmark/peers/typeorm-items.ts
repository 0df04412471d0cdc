import type { DataSource } from 'typeorm'
import { BATCHES, Item, PAGE_SIZE } from '../item'
import type { Variant } from '../rounds'
import { MANY, newUsername, User } from '../user'
import type { WorkloadName } from '../workloads/workload'

/** Lists, pages and many rows, by TypeORM. */
export function itemsByTypeorm(dataSource: DataSource): Partial<Record<WorkloadName, readonly Variant[]>> {
  const items = dataSource.getRepository(Item)
  const list = (batch: number): Promise<Item[]> => items.find({ where: { batch }, order: { id: 'ASC' } })
  const built = (batch: number): Promise<Item[]> =>
    items.createQueryBuilder('item').where('item.batch = :batch', { batch }).orderBy('item.id').getMany()
  const lists = (batch: number): readonly Variant[] => [
    { name: 'TypeORM find', run: () => list(batch) },
    { name: 'TypeORM query builder', run: () => built(batch) },
  ]
  return {
    'list-100': lists(BATCHES.small.batch),
    'list-1000': lists(BATCHES.large.batch),
    page: [{ name: 'TypeORM findAndCount', run: () => page(dataSource) }],
    family: [
      { name: 'TypeORM find, join', run: () => families(dataSource, 'join') },
      { name: 'TypeORM find, query', run: () => families(dataSource, 'query') },
    ],
    'save-1000': [
      { name: 'TypeORM save', run: () => dataSource.getRepository(User).save(newUsers()) },
      { name: 'TypeORM insert', run: () => insert(dataSource) },
    ],
  }
}

async function page(dataSource: DataSource): Promise<unknown> {
  const [rows, total] = await dataSource.getRepository(Item).findAndCount({
    where: { batch: BATCHES.large.batch },
    order: { id: 'ASC' },
    take: PAGE_SIZE,
    skip: 0,
  })
  return { rows, total }
}

function families(dataSource: DataSource, relationLoadStrategy: 'join' | 'query'): Promise<Item[]> {
  return dataSource.getRepository(Item).find({
    where: { batch: BATCHES.small.batch },
    order: relationLoadStrategy === 'join' ? { id: 'ASC', parts: { id: 'ASC' } } : { id: 'ASC' },
    relations: { parts: true },
    relationLoadStrategy,
  })
}

async function insert(dataSource: DataSource): Promise<User[]> {
  const users = dataSource.manager.create(User, newUsers())
  await dataSource.manager.insert(User, users)
  return users
}

function newUsers(): { username: string; active: boolean }[] {
  return Array.from({ length: MANY }, () => ({ username: newUsername('typeorm many'), active: true }))
}
