import { type Class, MetadataKey, ownMetadata, setMetadata } from '../core/metadata'

/** What a query answers. `page` and `slice` take a PageRequest as their last argument. */
export const QUERY_RESULTS = [
  'many',
  'one',
  'required',
  'page',
  'slice',
  'scalar',
  'count',
  'exists',
  'affected',
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
}

const QUERIES = new MetadataKey<Map<string, QueryDeclaration>>('declared queries')

export function declareQuery(declaration: QueryDeclaration): void {
  const known = ownMetadata(declaration.owner, QUERIES) ?? new Map<string, QueryDeclaration>()
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
