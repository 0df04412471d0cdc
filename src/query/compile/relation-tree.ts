import type { EntityMetadata } from 'typeorm'
import type { RelationMetadata } from './metadata-types'

/** A relation that is to be loaded, and those below it. */
export interface RelationNode {
  readonly relation: RelationMetadata
  readonly below: readonly RelationNode[]
}

/**
 * The relations at those paths, and the eager ones that TypeORM loads with them: of the entity itself at every depth, of a
 * related one those that it has itself. `unknown` makes the error for a path that leads nowhere: `rest` of it, from `at` on.
 */
export function relationTree(
  metadata: EntityMetadata,
  paths: readonly string[],
  unknown: (path: string, at: EntityMetadata, rest: string) => Error,
): readonly RelationNode[] {
  const root: Branch = new Map()
  for (const path of paths) grow(root, metadata, path, (at, rest) => unknown(path, at, rest))
  growEager(root, metadata)
  return nodesOf(root)
}

type Branch = Map<RelationMetadata, Branch>
type Unknown = (at: EntityMetadata, rest: string) => Error

function grow(branch: Branch, metadata: EntityMetadata, path: string, unknown: Unknown): void {
  const relation = metadata.relations.find(
    ({ propertyPath }) => path === propertyPath || path.startsWith(`${propertyPath}.`),
  )
  if (relation === undefined) throw unknown(metadata, path)
  const { inverseEntityMetadata, propertyPath } = relation
  const below = branchAt(branch, relation)
  for (const eager of inverseEntityMetadata.eagerRelations) branchAt(below, eager)
  if (path !== propertyPath) grow(below, inverseEntityMetadata, path.slice(propertyPath.length + 1), unknown)
}

function growEager(branch: Branch, { eagerRelations }: EntityMetadata): void {
  for (const relation of eagerRelations) growEager(branchAt(branch, relation), relation.inverseEntityMetadata)
}

function branchAt(branch: Branch, relation: RelationMetadata): Branch {
  const known = branch.get(relation)
  if (known) return known
  const made: Branch = new Map()
  branch.set(relation, made)
  return made
}

function nodesOf(branch: Branch): readonly RelationNode[] {
  return [...branch].map(([relation, below]) => ({ relation, below: nodesOf(below) }))
}
