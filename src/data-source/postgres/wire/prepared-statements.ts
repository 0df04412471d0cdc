import { createHash } from 'node:crypto'

/** A statement as one connection knows it. */
export interface Prepared {
  readonly text: string
  readonly name: string
  /** Types of its columns by oid, once the server has told them. */
  types: readonly number[] | undefined
  /**
   * `doubtful`: nobody knows whether the server has it, or has it as it should be; it is closed before it is parsed again.
   */
  state: 'absent' | 'prepared' | 'doubtful'
}

/** The prepared statements of one connection: the least recently used are closed where there would be too many. */
export class PreparedStatements {
  readonly #byText = new Map<string, Prepared>()
  readonly #evicted: string[] = []
  readonly #limit: number
  #missed = false

  constructor(limit: number) {
    this.#limit = limit
  }

  get size(): number {
    return this.#byText.size
  }

  use(text: string): Prepared {
    const known = this.#byText.get(text)
    if (known === undefined) return this.#add(text)
    // Only where something may soon have to go does it matter what was used last.
    if (this.#byText.size * 2 > this.#limit) {
      this.#byText.delete(text)
      this.#byText.set(text, known)
    }
    return known
  }

  /** The names to be closed before anything is parsed again. */
  takeEvicted(): string[] {
    return this.#evicted.splice(0)
  }

  /** Something has dropped all of them behind our back, or may have. */
  doubt(): void {
    for (const prepared of this.#byText.values()) if (prepared.state === 'prepared') prepared.state = 'doubtful'
  }

  /**
   * One was missing, or there although we had not made it. Says whether that has happened before: then the one of now had been
   * prepared anew since, and this is no session of ours alone.
   */
  missing(): boolean {
    const again = this.#missed
    this.#missed = true
    this.doubt()
    return again
  }

  #add(text: string): Prepared {
    const prepared: Prepared = { text, name: nameOf(text), types: undefined, state: 'absent' }
    this.#byText.set(text, prepared)
    if (this.#byText.size > this.#limit) this.#evict()
    return prepared
  }

  #evict(): void {
    const [oldest] = this.#byText.values()
    if (oldest === undefined) return
    this.#byText.delete(oldest.text)
    if (oldest.state !== 'absent') this.#evicted.push(oldest.name)
    // A batch that is being made may use it still.
    oldest.state = 'absent'
  }
}

/**
 * The same name for the same text everywhere: behind a pooler, where processes share connections without knowing of each
 * other, a name can then never mean another statement.
 */
function nameOf(text: string): string {
  const known = names.get(text)
  if (known !== undefined) return known
  const name = `ambit_${createHash('sha256').update(text).digest('hex').slice(0, 40)}`
  if (names.size >= CACHED_NAMES) names.clear()
  names.set(text, name)
  return name
}

const CACHED_NAMES = 1_000

/** A memo of a pure function: it may be dropped at any time. */
const names = new Map<string, string>()
