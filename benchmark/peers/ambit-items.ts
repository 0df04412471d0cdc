import { type Application, CrudRepository, type Page, PageRequest, Query, Repository, Sort, where } from 'ambit'
import { BATCHES, Item, PAGE_SIZE } from '../item'
import type { Variant } from '../rounds'
import type { WorkloadName } from '../workloads/workload'

@Repository(Item)
export class ItemRepository extends CrudRepository<Item> {
  @Query({ where: 'batch = :batch order by id' })
  declare inBatch: (batch: number) => Promise<Item[]>

  @Query({ where: 'batch = :batch order by id', result: 'page' })
  declare pageOfBatch: (batch: number, page: PageRequest) => Promise<Page<Item>>
}

/** Lists and pages, by Ambit. */
export function itemsByAmbit(app: Application): Partial<Record<WorkloadName, readonly Variant[]>> {
  const items = app.get(ItemRepository)
  const list = (batch: number): readonly Variant[] => [{ name: 'Ambit @Query where', run: () => items.inBatch(batch) }]
  return {
    'list-100': list(BATCHES.small.batch),
    'list-1000': list(BATCHES.large.batch),
    page: [{ name: 'Ambit page', run: () => page(items) }],
    family: [{ name: 'Ambit findMany, relations', run: () => families(items) }],
  }
}

async function page(items: ItemRepository): Promise<unknown> {
  const { content, total } = await items.pageOfBatch(BATCHES.large.batch, PageRequest.of(0, PAGE_SIZE))
  return { rows: content, total }
}

function families(items: ItemRepository): Promise<Item[]> {
  const inBatch = where<Item>().eq('batch', BATCHES.small.batch)
  return items.findMany(inBatch, { sort: Sort.by<Item>('id'), relations: ['parts'] })
}
