import { executedTokens } from '../core/executed-tokens'

/**
 * Whether a text begins or ends a transaction, in its first statement or a later one. Inside a scope that would end the
 * scope's own transaction behind its back: what comes later would be stored although the method fails. `ROLLBACK TO` a
 * savepoint is no end, nor is the END of the body of a function, or of one of SQLite's triggers.
 *
 * It reads as PostgreSQL does; SQLite, where comments do not nest, looks at what it is given once more by itself.
 */
export function endsTransaction(text: string): boolean {
  const alone = !text.includes(';')
  let statement = new Statement()
  for (const token of executedTokens(text)) {
    if (token !== ';') statement.add(token)
    else if (statement.controls) return true
    else statement = statement.next()
    // One that begins otherwise has nothing to tell, unless there are more behind it.
    if (alone && !CONTROL.has(statement.first)) return false
  }
  return statement.controls
}

/** What is read of one statement, as far as it matters here. */
class Statement {
  /** Its first words: enough for `ROLLBACK WORK TO`, `CREATE OR REPLACE FUNCTION` and `CREATE TEMP TRIGGER`. */
  #head: string[] = []
  #last = ''
  /** How many brackets are open: between them a parameter may have any name. */
  #depth = 0
  /** Whether it is one of those in the body of a function or trigger, whose END is the body's. */
  #inBody: boolean
  /** Whether it has the BEGIN of a trigger's body, as SQLite writes it. */
  #beginsTrigger = false
  /** PostgreSQL's triggers have no body: they EXECUTE a function, and may be called "begin". */
  #executes = false

  constructor(inBody = false) {
    this.#inBody = inBody
  }

  get first(): string {
    return this.#head[0] ?? ''
  }

  get controls(): boolean {
    return !this.#endsBody && (CONTROL.get(this.first)?.(this.#head) ?? false)
  }

  add(token: string): void {
    if (token === '(') this.#depth += 1
    else if (token === ')') this.#depth -= 1
    else if (this.#depth === 0 && this.#entersBody(token)) return
    this.#last = token
    if (this.#head.length < HEAD) this.#head.push(token)
  }

  /** Whether the body of a function begins here, whose statements follow. A trigger's begins behind this statement. */
  #entersBody(token: string): boolean {
    this.#beginsTrigger ||= token === 'begin' && createsTrigger(this.#head)
    this.#executes ||= token === 'execute'
    if (token !== 'atomic' || this.#last !== 'begin' || !createsRoutine(this.#head)) return false
    this.#inBody = true
    this.#head = []
    return true
  }

  /** The one behind it. */
  next(): Statement {
    return new Statement((this.#inBody && !this.#endsBody) || (this.#beginsTrigger && !this.#executes))
  }

  get #endsBody(): boolean {
    return this.#inBody && this.first === 'end'
  }
}

function createsRoutine([create, ...rest]: readonly string[]): boolean {
  const kind = rest[0] === 'or' ? rest[2] : rest[0]
  return create === 'create' && (kind === 'function' || kind === 'procedure')
}

function createsTrigger([create, ...rest]: readonly string[]): boolean {
  const kind = rest[0] === 'temp' || rest[0] === 'temporary' ? rest[1] : rest[0]
  return create === 'create' && kind === 'trigger'
}

const HEAD = 4

const always = (): boolean => true
const ofTransaction = ([, second]: readonly string[]): boolean => second === 'transaction'

/** By its first word, whether a statement controls the transaction. */
const CONTROL: ReadonlyMap<string, (head: readonly string[]) => boolean> = new Map([
  ['begin', always],
  ['commit', always],
  ['end', always],
  ['abort', always],
  ['start', ofTransaction],
  ['prepare', ofTransaction],
  ['rollback', ([, second, third]) => (second === 'work' || second === 'transaction' ? third : second) !== 'to'],
])
