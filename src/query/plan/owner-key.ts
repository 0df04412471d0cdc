/** What tells owners apart: their key as a value that is equal to itself. `undefined` for one that has none. */
export function ownerKey(values: readonly unknown[]): unknown {
  const [first] = values
  if (values.some(value => value === null || value === undefined)) return undefined
  return values.length === 1 && typeof first !== 'object' ? first : JSON.stringify(values.map(comparable))
}

/** Bytes are equal by what they hold. */
function comparable(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString()
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value
}
