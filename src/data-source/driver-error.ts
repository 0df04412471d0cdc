/** The database's own code of an error (SQLSTATE, `SQLITE_…`), looked for through wrappers and causes. */
export function databaseCode(error: unknown): string | undefined {
  return codeOf(databaseAnswer(error))
}

/** What the driver made of the database's answer, looked for through wrappers and causes. */
export function databaseAnswer(error: unknown): Record<string, unknown> | undefined {
  for (let at = error, depth = 0; isObject(at) && depth < 8; depth += 1) {
    const answer = at['driverError'] ?? at
    if (isObject(answer) && codeOf(answer) !== undefined) return answer
    at = at['cause']
  }
  return undefined
}

/** The driver's own error, out of TypeORM's. */
export function driverErrorOf(error: unknown): unknown {
  return (isObject(error) ? error['driverError'] : undefined) ?? error
}

/** The operating system's errors have a `syscall`, and codes like EPIPE that look as an SQLSTATE does. */
function codeOf(error: unknown): string | undefined {
  if (!isObject(error) || error['syscall'] !== undefined) return undefined
  const { code, message } = error
  if (typeof code !== 'string' || !isDatabaseCode(code)) return undefined
  return code === 'SQLITE_CONSTRAINT' ? constraintCode(String(message)) : code
}

/** Drivers that tell the primary code only (sqlite3) still give SQLite's own words, which tell the extended one. */
function constraintCode(message: string): string {
  const [, words] = /\b(UNIQUE|FOREIGN KEY|NOT NULL|CHECK) constraint failed/.exec(message) ?? []
  return words === undefined ? 'SQLITE_CONSTRAINT' : `SQLITE_CONSTRAINT_${words.replace(' ', '')}`
}

function isDatabaseCode(code: string): boolean {
  return /^[0-9A-Z]{5}$/.test(code) || code.startsWith('SQLITE_')
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

/** Fields of driver errors that hold parameter values or row contents. */
const SECRET_FIELDS = ['detail', 'where', 'parameters', 'query', 'internalQuery'] as const

/** Takes what may hold values out of what loggers enumerate; the fields stay readable by name. */
export function concealValues<E>(error: E): E {
  for (let at: unknown = error, depth = 0; isObject(at) && depth < 4; depth += 1) {
    conceal(at)
    if (isObject(at['driverError'])) conceal(at['driverError'])
    at = at['cause']
  }
  return error
}

function conceal(error: Record<string, unknown>): void {
  for (const field of SECRET_FIELDS) {
    const descriptor = Object.getOwnPropertyDescriptor(error, field)
    if (descriptor?.configurable === true) Object.defineProperty(error, field, { ...descriptor, enumerable: false })
  }
}
