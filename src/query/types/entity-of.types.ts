/** The entity of a repository class: what its base `CrudRepository<Entity, Id>` says. `never` without that base. */
export type EntityOf<C> = '~entity' extends keyof C ? NonNullable<C['~entity']> : never

/** Whether nobody knows the properties of an entity: `any`, or an index signature. */
export type IsOpen<E> = string extends keyof E ? true : false

/** What to do where a query over properties stands in a class without an entity. */
export type NoEntity = 'the class names no entity; extend CrudRepository<Entity, Id>, or use Query.unchecked'
