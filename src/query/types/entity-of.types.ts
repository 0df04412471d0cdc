/** The entity of a repository class: what its base `CrudRepository<Entity, Id>` says. `never` without that base. */
export type EntityOf<C> = '~entity' extends keyof C ? NonNullable<C['~entity']> : never

/** What the rows of a query of `E` are: the class's own entity, which may extend `E`; `E` where the class has none. */
export type RowOf<C, E> = '~entity' extends keyof C
  ? C extends { readonly '~entity'?: infer Own }
    ? OwnRow<Own, E>
    : never
  : E

/** Stands for rows of the class's own entity, which may be a type parameter, where the query is one of `E`. */
export interface OwnRow<Own, E> {
  readonly '~own': Own
  readonly '~of': E
}

/** What a class must be for a query of `E`: a repository of `E`, of a class that extends it, or of no entity. */
export type RepositoryOf<E> = [E] extends [never] ? unknown : { readonly '~entity'?: E | undefined }

/** Whether nobody knows the properties of an entity: `any`, or an index signature. */
export type IsOpen<E> = string extends keyof E ? true : false

/** What to do where a query over properties stands in a class without an entity. */
export type NoEntity =
  'the class names no entity; extend CrudRepository<Entity, Id>, or declare the query with Query.of(Entity)'
