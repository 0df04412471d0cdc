import { InvalidEntityError } from './errors'
import { labelOf } from './parts'

/**
 * Refuses what is no entity: of `null`, or of a text, a row of nothing but defaults would be stored.
 *
 * @throws InvalidEntityError `AMBIT_REPOSITORY_ENTITY`
 */
export function requireEntity(repository: object, method: string, entity: unknown): void {
  if (isEntity(entity)) return
  const label = labelOf(repository, method)
  throw new InvalidEntityError('AMBIT_REPOSITORY_ENTITY', {
    what: `${label} was given ${described(entity)} in place of an entity.`,
    where: label,
    next: nextFor(method, entity),
  })
}

/**
 * Refuses what is no list of entities.
 *
 * @throws InvalidEntityError `AMBIT_REPOSITORY_ENTITY`
 */
export function requireEntities(repository: object, method: string, entities: unknown): void {
  const label = labelOf(repository, method)
  if (!Array.isArray(entities)) {
    throw new InvalidEntityError('AMBIT_REPOSITORY_ENTITY', {
      what: `${label} was given ${described(entities)} in place of a list of entities.`,
      where: label,
      next: 'Pass an array of entities; of another iterable make one first: [...entities].',
    })
  }
  const wrong = entities.findIndex(each => !isEntity(each))
  if (wrong < 0) return
  throw new InvalidEntityError('AMBIT_REPOSITORY_ENTITY', {
    what: `Entry ${wrong + 1} of the list that ${label} was given is ${described(entities[wrong])}, no entity.`,
    where: label,
    next: 'Pass an object with the properties of the entity in each place.',
  })
}

/** A promise that nobody has awaited is an object without any properties of the entity. */
function isEntity(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Promise)
}

function nextFor(method: string, entity: unknown): string {
  if (Array.isArray(entity)) return `Use ${method}All().`
  return entity instanceof Promise ? 'Await it first.' : 'Pass an object with the properties of the entity.'
}

/** What it is, never what it holds. */
function described(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (Array.isArray(value)) return 'a list'
  if (value instanceof Promise) return 'a promise'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}
