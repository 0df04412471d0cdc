import type { ObjectLiteral } from 'typeorm'
import { after, type Prompt } from '../../../core/prompt'
import { sendStatement } from '../../../data-source/statements/send-statement'
import { OrderTerm } from '../../ast/order-term'
import { ALIAS, type EntitySelection, type Range, type SelectBuilder } from '../../compile/entity-builder'
import { isToMany } from '../../compile/entity-properties'
import {
  graphBuilder,
  joinAlias,
  linkOwners,
  type LoadedJoin,
  ownedBy,
  type OwnerLink,
  ownerLink,
  ownerTexts,
} from '../../compile/graph-builder'
import type { RelationMetadata } from '../../compile/metadata-types'
import type { RelationNode } from '../../compile/relation-tree'
import { type CallValues, persistentForm, type QueryParameters } from '../../compile/values'
import { BoundedMap } from '../../plan/bounded-map'
import { graphPlan, type GraphRow } from '../../plan/graph-plan'
import { slotsLike } from '../../plan/slot'
import type { StatementPlan } from '../../plan/statement-plan'

/** A list that entities of a statement own, or entities that it has joined to them. */
export interface OwnedList {
  /** From the statement's entities to the owners. */
  readonly path: readonly RelationMetadata[]
  /** The owners in the statement. */
  readonly alias: string
  readonly relation: RelationMetadata
  readonly link: OwnerLink
  readonly statement: GraphStatement
}

/** A statement of ours, ready to be sent; `undefined` where only TypeORM can send it, or read its rows. */
export type ReadyRows = (() => Prompt<readonly GraphRow[]>) | undefined

/** Makes the select of a statement. */
export type MakeSelect = (call: QueryParameters) => SelectBuilder

/** One statement of a graph: entities with their relations to one. The lists they own are statements of their own. */
export class GraphStatement {
  readonly lists: readonly OwnedList[]
  readonly #selection: EntitySelection
  readonly #joins: readonly LoadedJoin[]
  readonly #link: OwnerLink | undefined
  readonly #plans = new BoundedMap<StatementPlan<GraphRow | undefined> | 'none'>(RANGES_PER_STATEMENT)

  constructor(selection: EntitySelection, tree: readonly RelationNode[], link?: OwnerLink) {
    const { joins, lists } = partsOf(tree)
    this.#selection = selection
    this.#joins = joins
    this.#link = link
    this.lists = lists.map(list => ownedList(selection, list))
  }

  /** The select of the entities that the graph begins with. */
  roots(range: Range): MakeSelect {
    return call => graphBuilder(this.#selection, this.#joins, call, range)
  }

  /** The select of the members of all lists whose owners a select finds. */
  membersOf(owners: MakeSelect, alias: string): MakeSelect {
    return call => {
      const builder = this.#linked(call)
      return this.#link === undefined
        ? builder
        : ownedBy(builder, this.#selection, this.#link, { builder: owners(call), alias })
    }
  }

  /** What a select of this statement answers. */
  ready(key: string, values: CallValues, make: MakeSelect): ReadyRows {
    const { dataSource, metadata } = this.#selection
    const parts = { dataSource, metadata, joins: this.#joins, link: this.#link }
    const plan = this.#plans.of(key, () => graphPlan(parts, make(slotsLike(values))) ?? 'none')
    const bound = plan === 'none' ? undefined : plan.bind(values)
    if (plan === 'none' || bound === undefined) return undefined
    return () => after(sendStatement(dataSource, plan.statement, bound), ({ rows }) => rows.filter(isRow))
  }

  /** The members of lists whose owners are known. */
  members(owners: readonly ObjectLiteral[]): ReadyRows {
    const keys = this.#keysOf(owners)
    if (!keys.every(column => column.every(isListable))) return undefined
    return this.ready('members', { named: { keys }, positional: [] }, call => this.#membersIn(call))
  }

  /** Column by column, one list each: for keys of several columns they find more than is wanted, never less. */
  #keysOf(owners: readonly ObjectLiteral[]): readonly (readonly unknown[])[] {
    const columns = this.#link?.columns ?? []
    return columns.map(({ referenced }) => {
      // The owner's column has the transformer, which the one that refers to it lacks.
      const stored = persistentForm(this.#selection.dataSource, referenced)
      const keys = owners.map(owner => stored(referenced.getEntityValue(owner)))
      return [...new Set(keys)].filter(key => key !== null)
    })
  }

  #membersIn(call: QueryParameters): SelectBuilder {
    const { dialect, dataSource } = this.#selection
    const builder = this.#linked(call)
    ownerTexts(dataSource, this.#link?.columns ?? []).forEach((column, at) => {
      const list = call.parameter(values => dialect.list(keyList(values, at)), undefined)
      builder.andWhere(dialect.inList(column, `:keys${at}`), { [`keys${at}`]: list })
    })
    return builder
  }

  #linked(call: QueryParameters): SelectBuilder {
    const builder = graphBuilder(this.#selection, this.#joins, call, {})
    return this.#link === undefined ? builder : linkOwners(builder, this.#selection, this.#link)
  }
}

/** As many as are usual. */
const RANGES_PER_STATEMENT = 32

type FoundList = Omit<OwnedList, 'link' | 'statement'> & Pick<RelationNode, 'below'>

/** What of a tree is joined, and which lists hang on that. */
function partsOf(tree: readonly RelationNode[]): { joins: readonly LoadedJoin[]; lists: readonly FoundList[] } {
  const joins: LoadedJoin[] = []
  const lists: FoundList[] = []
  const walk = (nodes: readonly RelationNode[], owner: number, path: readonly RelationMetadata[]): void => {
    const holder = joins[owner - 1]?.alias ?? ALIAS
    for (const { relation, below } of nodes) {
      if (isToMany(relation)) lists.push({ path, alias: holder, relation, below })
      else {
        joins.push({ relation, owner, alias: joinAlias(joins.length + 1) })
        walk(below, joins.length, [...path, relation])
      }
    }
  }
  walk(tree, 0, [])
  return { joins, lists }
}

/** Members come in the order of their primary key. */
function ownedList(selection: EntitySelection, { path, alias, relation, below }: FoundList): OwnedList {
  const { inverseEntityMetadata: metadata } = relation
  const order = metadata.primaryColumns.map(({ propertyPath }) => OrderTerm.create(propertyPath))
  const link = ownerLink(selection.dataSource, relation)
  const statement = new GraphStatement({ ...selection, metadata, predicate: undefined, order }, below, link)
  return { path, alias, relation, link, statement }
}

function keyList({ named }: CallValues, at: number): readonly unknown[] {
  // Of `members()`.
  return (named['keys'] as readonly (readonly unknown[])[])[at] ?? []
}

/** What every dialect can put into a list. */
function isListable(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' || value instanceof Date
}

function isRow(row: GraphRow | undefined): row is GraphRow {
  return row !== undefined
}
