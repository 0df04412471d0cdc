/** What tells owners apart: their key as a value that is equal to itself. `undefined` for one that has none. */
export function ownerKey(values: readonly unknown[]): unknown {
  if (values.length === 1) return singleKey(values[0])
  return values.some(isMissing) ? undefined : JSON.stringify(values.map(comparable))
}

/** The same for a key of one value: asked for every row. */
export function singleKey(value: unknown): unknown {
  if (isMissing(value)) return undefined
  return typeof value === 'object' ? JSON.stringify([comparable(value)]) : value
}

function isMissing(value: unknown): boolean {
  return value === null || value === undefined
}

/** Bytes are equal by what they hold. */
function comparable(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString()
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value
}
