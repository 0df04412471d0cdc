import { frozenCopy } from './frozen'
import type { Field, ObjectShape, Shape } from './shape'
import { instantiate } from './shape-reader'
import { isSimpleObject } from './simple-object'

/** What was bound, as plain objects, secrets included: schemas refuse what they do not know the class of. */
export function undressed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(undressed)
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  return Object.fromEntries(Object.getOwnPropertyNames(value).map(name => [name, undressed(ownValue(value, name))]))
}

/** Puts what a schema answered on a settings object: objects inside keep their classes, and secrets stay secret. */
export function assign(target: object, output: object, fields: readonly Field[]): void {
  for (const [key, value] of Object.entries(output)) {
    const current = ownValue(target, key)
    if (current === value) continue
    const field = fields.find(({ property }) => property === key)
    if (isInstance(current) && isSimpleObject(value))
      assign(current, value, field ? fieldsAt(field.shape, current) : [])
    else write(target, key, field ? dressed(value, field.shape) : frozenCopy(value), field)
  }
}

/** Keeps the secrets of an object that a schema made itself from whoever prints or serialises it. */
export function conceal(made: object, fields: readonly Field[]): void {
  for (const field of fields) {
    const { configurable } = Object.getOwnPropertyDescriptor(made, field.property) ?? {}
    const value = ownValue(made, field.property)
    if (isInstance(value)) conceal(value, fieldsAt(field.shape, value))
    if (configurable === true) write(made, field.property, dressed(value, field.shape), field)
  }
}

/** Plain objects become what their shapes say: schemas answer copies, which have lost their classes. */
function dressed(value: unknown, shape: Shape): unknown {
  if (isInstance(value)) conceal(value, fieldsAt(shape, value))
  if (Array.isArray(value) && shape.kind === 'list') return Object.freeze(value.map(each => dressed(each, shape.of)))
  if (!isSimpleObject(value)) return frozenCopy(value)
  if (shape.kind === 'map')
    return Object.freeze(Object.fromEntries(Object.entries(value).map(([key, each]) => [key, dressed(each, shape.of)])))
  const object = shape.kind === 'union' ? shape.variants.get(String(value[shape.discriminator])) : shape
  return object?.kind === 'object' ? remade(value, object) : frozenCopy(value)
}

/** What the schema left out is not there: the class's own defaults are none of its answer. */
function remade(value: object, { target, fields }: ObjectShape): unknown {
  const instance = instantiate(target)
  if (!('made' in instance)) return frozenCopy(value) // reported when its declaration was read
  for (const field of fields) write(instance.made, field.property, undefined, field)
  assign(instance.made, value, fields)
  return Object.freeze(instance.made)
}

function write(target: object, key: string, value: unknown, field: Field | undefined): void {
  const { enumerable = true } = Object.getOwnPropertyDescriptor(target, key) ?? {}
  const shows = enumerable && field?.secret !== true
  Object.defineProperty(target, key, { value, enumerable: shows, writable: true, configurable: true })
}

/** The fields of an object that stands where a shape is. */
function fieldsAt(shape: Shape, instance: object): readonly Field[] {
  if (shape.kind === 'object') return shape.fields
  if (shape.kind !== 'union') return []
  return [...shape.variants.values()].find(({ target }) => instance instanceof target)?.fields ?? []
}

/** A key such as `__proto__` must not lead to what the class has. */
function ownValue(target: object, key: string): unknown {
  return Object.getOwnPropertyDescriptor(target, key)?.value
}

function isInstance(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isSimpleObject(value)
}
