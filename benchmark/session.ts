/** Settings of PostgreSQL for every session of a measurement, ours and those of the peers. */
export type Session = Readonly<Partial<Record<'synchronous_commit', 'on' | 'off'>>>

/**
 * Runs something while all new connections of this process have these settings: through the variable of the environment
 * that pg reads, because no two peers take them in the same way.
 */
export async function underSession<R>(session: Session, work: () => Promise<R>): Promise<R> {
  const before = process.env[VARIABLE]
  const added = Object.entries(session).map(([name, value]) => `-c ${name}=${value}`)
  if (added.length > 0) process.env[VARIABLE] = [before ?? '', ...added].join(' ').trim()
  try {
    return await work()
  } finally {
    if (before === undefined) Reflect.deleteProperty(process.env, VARIABLE)
    else process.env[VARIABLE] = before
  }
}

/** What a new connection is to ask for when it starts. */
export function sessionOptions(): string {
  return process.env[VARIABLE] ?? ''
}

const VARIABLE = 'PGOPTIONS'
