import type { DataSource, EntityMetadata, ObjectLiteral } from 'typeorm'
import type { Prompt } from '../../../core/prompt'
import { seesOneSnapshot } from '../../../data-source/one-snapshot'
import { concludes } from '../../../data-source/statements/concludes'
import type { EntitySelection, Range } from '../../compile/entity-builder'
import { isToMany } from '../../compile/entity-properties'
import { hasPlainLink, type OwnerLink, stockGraphBuilder } from '../../compile/graph-builder'
import type { RelationMetadata } from '../../compile/metadata-types'
import { type RelationNode, relationTree } from '../../compile/relation-tree'
import { type CallValues, parametersOfCall } from '../../compile/values'
import { OwnedMap } from '../../plan/owned-map'
import { hasPlainColumns, isHeard } from '../../plan/eligibility'
import type { GraphRow } from '../../plan/graph-plan'
import { ownerKey, singleKey } from '../../plan/owner-key'
import type { EntityQuery } from '../entity-query'
import { unknownRelation } from '../query-problems'
import { GraphStatement, type MakeSelect, type OwnedList } from './graph-statement'

/**
 * Loads entities with their relations: those to one are joined, each list is one statement for all owners at once. What that
 * answers is what TypeORM answers, who does it where more is to be done for an entity than to read its row.
 */
export class GraphQuery {
  readonly #selection: EntitySelection
  readonly #tree: readonly RelationNode[]
  readonly #entities: readonly EntityMetadata[]
  readonly #linked: boolean
  #statement: GraphStatement | 'none' | undefined

  private constructor(selection: EntitySelection, tree: readonly RelationNode[]) {
    this.#selection = selection
    this.#tree = tree
    const relations = relationsOf(tree)
    this.#entities = [...new Set([selection.metadata, ...relations.map(each => each.inverseEntityMetadata)])]
    this.#linked = relations.filter(isToMany).every(each => hasPlainLink(selection.dataSource, each))
  }

  /** @throws UnknownPropertyError `AMBIT_QUERY_UNKNOWN_PROPERTY` for a path that is no relation */
  static of({ selection }: EntityQuery, relations: readonly string[], label: string): GraphQuery {
    const { metadata } = selection
    return graphs.of(selection, JSON.stringify([...relations].sort()), () => {
      const unknown = (path: string, at: EntityMetadata, rest: string): Error =>
        unknownRelation(metadata, path, { at, rest, label })
      const tree = relationTree(metadata, relations, unknown)
      return new GraphQuery(selection, tree)
    })
  }

  async load(values: CallValues, range: Range): Promise<ObjectLiteral[]> {
    const loaded = this.#isPlain() ? await this.#loadOwn(values, range) : undefined
    if (loaded !== undefined) return loaded
    return stockGraphBuilder(this.#selection, this.#tree, parametersOfCall(values), range).getMany()
  }

  async #loadOwn(values: CallValues, range: Range): Promise<ObjectLiteral[] | undefined> {
    this.#statement ??= new GraphStatement(this.#selection, this.#tree)
    const statement = this.#statement
    const { dataSource } = this.#selection
    if (statement === 'none') return undefined
    const loaded = this.#mayAskAtOnce(range)
      ? await loadAtOnce(dataSource, statement, { values, range })
      : await loadInSteps(dataSource, statement, { values, range })
    // Not worth trying again: what TypeORM has to do, it has to do each time.
    if (loaded === undefined) this.#statement = 'none'
    return loaded
  }

  /**
   * Lists can be asked for together with their owners where the same owners are found twice: in one snapshot, and not as one of
   * several ranges that the order allows. It pays where statements travel.
   */
  #mayAskAtOnce({ limit, offset }: Range): boolean {
    const { dataSource, dialect, metadata, order } = this.#selection
    if (dialect.page === undefined || !seesOneSnapshot(dataSource)) return false
    if (limit === undefined && offset === undefined) return true
    const total = metadata.primaryColumns.every(({ propertyPath }) => order.some(({ path }) => path === propertyPath))
    // Such a key is a column of its own, which the select of owners does not have.
    return total && order.every(({ ignoreCase }) => !ignoreCase)
  }

  #isPlain(): boolean {
    const { dataSource } = this.#selection
    if (!this.#linked) return false
    return this.#entities.every(
      metadata => hasPlainColumns(dataSource, metadata) && !isHeard(dataSource, metadata, ['afterLoad']),
    )
  }
}

/** Some combinations of relations are usual, and nobody may fill the memory with others. */
const GRAPHS_PER_QUERY = 16
const graphs = new OwnedMap<EntitySelection, GraphQuery>(GRAPHS_PER_QUERY)

/** A list, its rows, and the lists of those. */
interface LoadingList {
  readonly list: OwnedList
  readonly rows: Prompt<readonly GraphRow[]>
  readonly below: readonly LoadingList[]
}

interface Call {
  readonly values: CallValues
  readonly range: Range
}

/** Everything in one write: each list is found by the condition of its owners. */
async function loadAtOnce(
  dataSource: DataSource,
  statement: GraphStatement,
  { values, range }: Call,
): Promise<ObjectLiteral[] | undefined> {
  const key = `${String(range.limit)} ${String(range.offset)}`
  const roots = statement.roots(range)
  const ready = statement.ready(key, values, roots)
  const lists = readyLists(statement, roots, { key: `of ${key}`, values })
  if (ready === undefined || lists === undefined) return undefined
  concludes(dataSource, 1 + count(lists))
  const sent = ready()
  const loading = lists.map(send)
  const [rows] = await Promise.all([sent, ...loading.flatMap(rowsOf)])
  const entities = rows.map(({ entity }) => entity)
  for (const each of loading) await fillLoaded(each, entities)
  return entities
}

interface ReadyList {
  readonly list: OwnedList
  readonly ready: () => Prompt<readonly GraphRow[]>
  readonly below: readonly ReadyList[]
}

/** Nothing is sent unless all of it can be. */
function readyLists(
  { lists }: GraphStatement,
  owners: MakeSelect,
  call: { readonly key: string; readonly values: CallValues },
): readonly ReadyList[] | undefined {
  const found: ReadyList[] = []
  for (const list of lists) {
    const { statement, alias } = list
    const members = statement.membersOf(owners, alias)
    const ready = statement.ready(call.key, call.values, members)
    const below = readyLists(statement, members, call)
    if (ready === undefined || below === undefined) return undefined
    found.push({ list, ready, below })
  }
  return found
}

function count(lists: readonly ReadyList[]): number {
  return lists.reduce((sum, { below }) => sum + 1 + count(below), 0)
}

function send({ list, ready, below }: ReadyList): LoadingList {
  return { list, rows: ready(), below: below.map(send) }
}

function rowsOf({ rows, below }: LoadingList): readonly Prompt<readonly GraphRow[]>[] {
  return [rows, ...below.flatMap(rowsOf)]
}

async function fillLoaded({ list, rows, below }: LoadingList, entities: readonly ObjectLiteral[]): Promise<void> {
  const members = await rows
  giveLists(list, list.path.reduce(relatedOf, entities), members)
  for (const each of below)
    await fillLoaded(
      each,
      members.map(({ entity }) => entity),
    )
}

/** The owners first, then their lists: those of one level go out together. */
async function loadInSteps(
  dataSource: DataSource,
  statement: GraphStatement,
  { values, range }: Call,
): Promise<ObjectLiteral[] | undefined> {
  const ready = statement.ready(`${String(range.limit)} ${String(range.offset)}`, values, statement.roots(range))
  if (ready === undefined) return undefined
  if (statement.lists.length === 0) concludes(dataSource, 1)
  const entities = (await ready()).map(({ entity }) => entity)
  return (await fillLists(statement, entities, dataSource)) ? entities : undefined
}

/** A list whose owners are known. */
interface AskedList {
  readonly list: OwnedList
  readonly owners: readonly ObjectLiteral[]
  readonly ready: () => Prompt<readonly GraphRow[]>
}

/** Says whether all could be filled. `unshared`: set where nobody else sends anything meanwhile, or later. */
async function fillLists(
  { lists }: GraphStatement,
  entities: readonly ObjectLiteral[],
  unshared: DataSource | undefined,
): Promise<boolean> {
  const asked = askedLists(lists, entities)
  if (asked === undefined) return false
  const last = asked.every(({ list }) => list.statement.lists.length === 0)
  if (unshared !== undefined && last) concludes(unshared, asked.length)
  const filled = await Promise.all(asked.map(each => fillList(each, asked.length === 1 ? unshared : undefined)))
  return filled.every(each => each)
}

/** Nothing is sent unless all of it can be. */
function askedLists(lists: readonly OwnedList[], entities: readonly ObjectLiteral[]): readonly AskedList[] | undefined {
  const asked: AskedList[] = []
  for (const list of lists) {
    const owners = list.path.reduce(relatedOf, entities)
    if (owners.length === 0) continue
    const ready = list.statement.members(owners)
    if (ready === undefined) return undefined
    asked.push({ list, owners, ready })
  }
  return asked
}

async function fillList({ list, owners, ready }: AskedList, unshared: DataSource | undefined): Promise<boolean> {
  const rows = await ready()
  giveLists(list, owners, rows)
  return fillLists(
    list.statement,
    rows.map(({ entity }) => entity),
    unshared,
  )
}

/** What belongs to nobody here only happens to have a part of their key. An owner may stand here several times. */
function giveLists({ relation, link }: OwnedList, owners: readonly ObjectLiteral[], rows: readonly GraphRow[]): void {
  const members = grouped(rows)
  const keyOf = ownKeyReader(link)
  for (const owner of owners) relation.setEntityValue(owner, members.get(keyOf(owner))?.slice() ?? [])
}

function ownKeyReader({ columns }: OwnerLink): (owner: ObjectLiteral) => unknown {
  const [first, second] = columns
  if (first && second === undefined) return owner => singleKey(first.referenced.getEntityValue(owner))
  return owner => ownerKey(columns.map(({ referenced }) => referenced.getEntityValue(owner) as unknown))
}

function relatedOf(owners: readonly ObjectLiteral[], relation: RelationMetadata): readonly ObjectLiteral[] {
  return owners.flatMap(owner => {
    const related = relation.getEntityValue(owner) as ObjectLiteral | null
    return related === null ? [] : [related]
  })
}

/** Members of one owner mostly come one behind the other: it is looked up where another one follows. */
function grouped(rows: readonly GraphRow[]): ReadonlyMap<unknown, readonly ObjectLiteral[]> {
  const groups = new Map<unknown, ObjectLiteral[]>()
  let last: unknown
  let group: ObjectLiteral[] | undefined
  for (const { entity, owner } of rows) {
    if (group === undefined || owner !== last) {
      group = groups.get(owner)
      if (group === undefined) groups.set(owner, (group = []))
      last = owner
    }
    group.push(entity)
  }
  return groups
}

function relationsOf(tree: readonly RelationNode[]): readonly RelationMetadata[] {
  return tree.flatMap(({ relation, below }) => [relation, ...relationsOf(below)])
}
