import type { PropertyCatalogue, PropertyInfo, PropertyType } from '../../../src/query/derived/property-catalogue'

/** A property of a tree: a plain type, several properties below it, or the name of another entity. */
export type TreeProperty =
  | PropertyType
  | 'unknown'
  | { readonly to: string; readonly many?: boolean }
  | { readonly [name: string]: TreeProperty }

/** Entities by name, as tests write them down. */
export type PropertyTree = Readonly<Record<string, Readonly<Record<string, TreeProperty>>>>

/** A catalogue over plain data; relations may lead in circles. */
export function catalogueOf(tree: PropertyTree, entityName: string): PropertyCatalogue & { readonly asked: string[] } {
  const asked: string[] = []
  const below = (property: TreeProperty | undefined): Readonly<Record<string, TreeProperty>> => {
    if (property === undefined || typeof property === 'string') return {}
    return isRelation(property) ? (tree[property.to] ?? {}) : property
  }
  const walk = (path: string): TreeProperty | undefined =>
    path.split('.').reduce<TreeProperty | undefined>((at, name) => {
      const properties = below(at)
      return Object.hasOwn(properties, name) ? properties[name] : undefined
    }, tree[entityName])
  return {
    entityName,
    asked,
    resolve(path) {
      asked.push(path)
      const property = walk(path)
      return property === undefined ? undefined : infoOf(property)
    },
    propertyNames: path => Object.keys(below(path === '' ? tree[entityName] : walk(path))),
  }
}

function infoOf(property: TreeProperty): PropertyInfo {
  if (typeof property !== 'string') return { type: 'other', collection: isRelation(property) && property.many === true }
  return property === 'unknown' ? {} : { type: property }
}

function isRelation(property: object): property is { readonly to: string; readonly many?: boolean } {
  return (
    'to' in property &&
    typeof property.to === 'string' &&
    !['string', 'number', 'boolean', 'date'].includes(property.to)
  )
}
