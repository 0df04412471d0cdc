import type { RowClass, Select } from './projection/projection'
import { type Class, MetadataKey, ownMetadata, setMetadata } from '../core/metadata'
import type { Method } from '../core/wrap-method'
import { QueryDeclarationError } from './errors'
import type { RowLock } from './row-lock'

/** What a query answers. `page` and `slice` take a PageRequest as their last argument, `window` a WindowRequest. */
export const QUERY_RESULTS = [
  'many',
  'one',
  'required',
  'page',
  'slice',
  'window',
  'scalar',
  'count',
  'exists',
  'affected',
  'stream',
] as const

/** What a declared query answers with: entities, a part of them, a number, or one value. */
export type QueryResultKind = (typeof QUERY_RESULTS)[number]

/** Where a query's meaning comes from. */
export type QuerySource =
  | { readonly kind: 'where'; readonly text: string }
  | { readonly kind: 'sql'; readonly text: string; readonly countSql: string | undefined }
  /** The method's own name. */
  | { readonly kind: 'derived' }

/** A declared query, as its decorator recorded it. */
export interface QueryDeclaration {
  readonly owner: Class
  readonly member: string
  readonly source: QuerySource
  /** `undefined`: the source's own default. */
  readonly result: QueryResultKind | undefined
  /** The parameters in the order of the method's arguments; `undefined`: one value, or a params object. */
  readonly args: readonly string[] | undefined
  /** The most rows that a stream fetches at a time; `undefined`: the usual number. */
  readonly fetchSize: number | undefined
  /** What `Query.of` names; `undefined`: the entity of the repository. */
  readonly entity: Class | undefined
  /** The method that stands for it; `undefined` for a `declare`d property. */
  readonly method: Method | undefined
  /** The lock on the rows it answers. */
  readonly lock: RowLock | undefined
  /** What it selects in place of entities. */
  readonly select: Select | undefined
  readonly distinct: boolean
  /** The class of the rows of raw SQL. */
  readonly into: RowClass | undefined
}

/** Whether a query answers a stream: only its declaration is known where no object has been built. */
export function streams({ source, member, result }: Pick<QueryDeclaration, 'source' | 'member' | 'result'>): boolean {
  return result === 'stream' || (source.kind === 'derived' && /^stream(?![a-z])/.test(member))
}

const QUERIES = new MetadataKey<Map<string, QueryDeclaration>>('declared queries')

/** @throws QueryDeclarationError `AMBIT_QUERY_SOURCES` for a second query on one member of a class */
export function declareQuery(declaration: QueryDeclaration): void {
  const known = ownMetadata(declaration.owner, QUERIES) ?? new Map<string, QueryDeclaration>()
  if (known.has(declaration.member)) throw declaredTwice(labelOf(declaration))
  known.set(declaration.member, declaration)
  setMetadata(declaration.owner, QUERIES, known)
}

/** The queries of a class and of its bases; a redeclared one replaces its base's. */
export function declaredQueries(target: Class): readonly QueryDeclaration[] {
  const found = new Map<string, QueryDeclaration>()
  for (
    let level: object | null = target;
    typeof level === 'function';
    level = Object.getPrototypeOf(level) as object | null
  ) {
    for (const [member, declaration] of ownMetadata(level, QUERIES) ?? []) {
      if (!found.has(member)) found.set(member, declaration)
    }
  }
  return [...found.values()]
}

/** The name of a query in messages. */
export function labelOf({ owner, member }: QueryDeclaration): string {
  return `${owner.name}.${member}`
}

function declaredTwice(label: string): QueryDeclarationError {
  return new QueryDeclarationError('AMBIT_QUERY_SOURCES', {
    what: `${label} has two queries.`,
    where: label,
    next: 'Keep one @Query on it, and give the other a member of its own.',
  })
}
