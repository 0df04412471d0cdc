import type { EntityMetadata, ObjectLiteral } from 'typeorm'

/**
 * What TypeORM makes of rows: one entity per key, the first; rows in which all is null are none. Almost always there is
 * nothing to do, and the array itself comes back.
 */
export function distinctEntities(metadata: EntityMetadata): (rows: (ObjectLiteral | undefined)[]) => ObjectLiteral[] {
  const keyOf = keyReader(metadata)
  return rows => {
    // One row is one entity.
    const whole = rows.length === 0 || (rows.length === 1 && rows[0] !== undefined)
    return whole ? (rows as ObjectLiteral[]) : distinct(rows, keyOf)
  }
}

function distinct(rows: (ObjectLiteral | undefined)[], keyOf: (entity: ObjectLiteral) => unknown): ObjectLiteral[] {
  const found = new Map<unknown, ObjectLiteral>()
  for (const row of rows) {
    if (row === undefined) continue
    const key = keyOf(row)
    // Numbers that JavaScript rounds may be of different rows.
    if (typeof key === 'number' && !Number.isSafeInteger(key)) found.set(row, row)
    else if (!found.has(key)) found.set(key, row)
  }
  // Of that length, it holds no undefined.
  return found.size === rows.length ? (rows as ObjectLiteral[]) : [...found.values()]
}

function keyReader({ primaryColumns }: EntityMetadata): (entity: ObjectLiteral) => unknown {
  const [first, second] = primaryColumns
  if (first === undefined || second !== undefined) {
    return entity => JSON.stringify(primaryColumns.map(column => comparable(column.getEntityValue(entity))))
  }
  if (first.embeddedMetadata === undefined && first.relationMetadata === undefined) {
    const { propertyName } = first
    return entity => comparable(entity[propertyName])
  }
  return entity => comparable(first.getEntityValue(entity))
}

/** Bytes and the like are equal by what they hold. */
function comparable(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : JSON.stringify(value)
}
