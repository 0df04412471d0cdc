import type { ComparisonOperator } from '../../../src/query/ast/comparison-node'
import type { Operand } from '../../../src/query/ast/operand'
import { type Condition, isCondition, type Predicate } from '../../../src/query/ast/predicate'

/** What an SQL condition says of a row. */
export type Truth = boolean | undefined

export type ModelEntity = 'region' | 'customer' | 'order' | 'tag'

/** The rows of a shop; relations are keys. */
export interface ModelData {
  readonly regions: readonly { readonly id: number; readonly name: string | null }[]
  readonly customers: readonly {
    readonly id: number
    readonly name: string | null
    readonly region: number | null
    readonly recruiter: number | null
  }[]
  readonly orders: readonly {
    readonly id: number
    readonly total: number | null
    readonly state: string | null
    readonly paid: boolean | null
    readonly customer: number | null
    readonly tags: readonly number[]
  }[]
  readonly tags: readonly { readonly id: number; readonly label: string | null }[]
}

type Row = Readonly<Record<string, unknown>>

/** Whether a predicate holds for a row, by walking over the rows; written without a look at the SQL. */
export function holds(data: ModelData, node: Predicate, entity: ModelEntity, id: number | undefined): Truth {
  if (node.kind === 'and') return all(node.operands.map(part => holds(data, part, entity, id)))
  if (node.kind === 'or') return negate(all(node.operands.map(part => negate(holds(data, part, entity, id)))))
  if (node.kind === 'not') return negate(holds(data, node.operand, entity, id))
  return isCondition(node) ? walk(data, node, node.path.split('.'), { entity, id }) : undefined
}

interface Place {
  readonly entity: ModelEntity
  /** `undefined`: a row that is missing. */
  readonly id: number | undefined
}

/** Follows the path: a relation to one to its row, a collection to some element. */
function walk(data: ModelData, node: Condition, [step = '', ...rest]: readonly string[], at: Place): Truth {
  const elements = collection(data, step, at)
  if (elements !== undefined) {
    if (rest.length > 0) return elements.some(element => walk(data, node, rest, element) === true)
    return ofCollection(data, node, elements)
  }
  if (rest.length > 0) return walk(data, node, rest, related(data, step, at))
  return ofValue(node, rowOf(data, at)?.[step] ?? null)
}

function ofCollection(data: ModelData, node: Condition, elements: readonly Place[]): Truth {
  if (node.kind === 'exists') {
    const { predicate } = node
    const found = elements.some(
      ({ entity, id }) => predicate === undefined || holds(data, predicate, entity, id) === true,
    )
    return found !== node.negated
  }
  if (node.kind !== 'pattern') throw new TypeError('no condition of a collection')
  return elements.some(({ id }) => id === valueOf(node.value)) !== node.negated
}

function ofValue(node: Condition, value: unknown): Truth {
  if (node.kind === 'null-test') return (value === null) !== node.negated
  if (node.kind === 'boolean-test') return (value === node.expected) !== node.negated
  if (node.kind === 'membership') return membership(node, value)
  if (value === null) return undefined
  if (node.kind === 'comparison') return SIGNS[node.operator](compare(value, valueOf(node.value)))
  if (node.kind === 'between') {
    const inside = compare(value, valueOf(node.low)) >= 0 && compare(value, valueOf(node.high)) <= 0
    return inside !== node.negated
  }
  if (node.kind !== 'pattern') throw new TypeError('no condition of a value')
  const part = String(valueOf(node.value))
  const found = { contains: 'includes', startsWith: 'startsWith', endsWith: 'endsWith', like: 'includes' } as const
  return (value as string)[found[node.operator]](part) !== node.negated
}

function membership({ members, negated }: Extract<Condition, { kind: 'membership' }>, value: unknown): Truth {
  const list = Array.isArray(members) ? members.map(member => valueOf(member as Operand)) : []
  if (list.length === 0) return negated
  return value === null ? undefined : list.includes(value) !== negated
}

function collection(data: ModelData, name: string, { entity, id }: Place): readonly Place[] | undefined {
  const places = (of: ModelEntity, ids: readonly number[]): readonly Place[] =>
    ids.map(each => ({ entity: of, id: each }))
  const keys = <R extends { readonly id: number }>(rows: readonly R[], belongs: (row: R) => boolean) =>
    id === undefined ? [] : rows.filter(belongs).map(row => row.id)
  if (entity === 'region' && name === 'customers')
    return places(
      'customer',
      keys(data.customers, row => row.region === id),
    )
  if (entity === 'customer' && name === 'orders')
    return places(
      'order',
      keys(data.orders, row => row.customer === id),
    )
  if (entity === 'customer' && name === 'recruits')
    return places(
      'customer',
      keys(data.customers, row => row.recruiter === id),
    )
  if (entity === 'order' && name === 'tags') return places('tag', data.orders.find(row => row.id === id)?.tags ?? [])
  if (entity === 'tag')
    return name === 'orders'
      ? places(
          'order',
          keys(data.orders, row => row.tags.includes(id ?? 0)),
        )
      : undefined
  return undefined
}

function related(data: ModelData, name: string, at: Place): Place {
  const id = rowOf(data, at)?.[name]
  return { entity: name === 'region' ? 'region' : 'customer', id: typeof id === 'number' ? id : undefined }
}

function rowOf(data: ModelData, { entity, id }: Place): Row | undefined {
  const tables = { region: data.regions, customer: data.customers, order: data.orders, tag: data.tags }
  return (tables[entity] as readonly Row[]).find(row => row['id'] === id)
}

function valueOf(operand: Operand): unknown {
  if (operand.kind !== 'literal') throw new TypeError('only literals are made')
  return operand.value
}

function compare(left: unknown, right: unknown): number {
  if (left === right) return 0
  return (left as number) < (right as number) ? -1 : 1
}

function all(parts: readonly Truth[]): Truth {
  if (parts.includes(false)) return false
  return parts.includes(undefined) ? undefined : true
}

function negate(truth: Truth): Truth {
  return truth === undefined ? undefined : !truth
}

const SIGNS: Readonly<Record<ComparisonOperator, (order: number) => boolean>> = {
  eq: order => order === 0,
  ne: order => order !== 0,
  lt: order => order < 0,
  lte: order => order <= 0,
  gt: order => order > 0,
  gte: order => order >= 0,
}
