import { createHash } from 'node:crypto'

/** What a cursor is bound to. */
export interface CursorSubject {
  /** The query's name. */
  readonly label: string
  /** Its condition and its order as text. */
  readonly text: string
  /** The values of its parameters, as they are bound. */
  readonly values: readonly unknown[]
  readonly scope: string | undefined
}

/** A digest that two subjects have in common only if they are the same. */
export function cursorDigest({ label, text, values, scope }: CursorSubject): Buffer {
  return createHash('sha256')
    .update(JSON.stringify([label, text, scope ?? null, values.map(canonical)]))
    .digest()
}

/** JSON that tells values apart which JSON alone would not. */
function canonical(value: unknown): unknown {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  if (Array.isArray(value)) return ['list', ...value.map(canonical)]
  if (value instanceof Date) return ['date', value.getTime()]
  if (value instanceof Uint8Array) return ['bytes', Buffer.from(value).toString('base64')]
  // Drivers bind what JSON makes of other objects.
  if (typeof value === 'object') return ['object', JSON.stringify(value)]
  return typeof value === 'number' || typeof value === 'bigint' ? [typeof value, String(value)] : [typeof value]
}
