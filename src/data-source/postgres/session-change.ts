import { executedTokens } from '../../core/executed-tokens'

/**
 * Whether a statement leaves something on the session that outlives its transaction: a setting, a role, a lock, a
 * listener, a prepared statement, a temporary table. The next user of the connection must not inherit it.
 *
 * It looks at the text only: what a function does inside is not seen.
 *
 * @example
 * changesSession('SET search_path TO tenant_7')                // true
 * changesSession(`SELECT set_config('app.user', $1, true)`)    // false: for the transaction only
 */
export function changesSession(text: string): boolean {
  const known = cache.get(text)
  if (known !== undefined) return known
  const changes = SUSPECT.test(text) && statementsOf(text).some(isSessionChange)
  if (text.length <= CACHED_LENGTH) remember(text, changes)
  return changes
}

/** Whether a statement drops prepared statements of its session. */
export function dropsPrepared(text: string): boolean {
  return DROPPING.test(text)
}

function remember(text: string, changes: boolean): void {
  if (cache.size >= CACHED_TEXTS) cache.clear()
  cache.set(text, changes)
}

type Tokens = readonly string[]

function statementsOf(text: string): Tokens[] {
  let running: string[] = []
  const statements = [running]
  for (const token of executedTokens(text)) {
    if (token === ';') statements.push((running = []))
    else running.push(token)
  }
  return statements
}

function isSessionChange(tokens: Tokens): boolean {
  return COMMANDS.get(tokens[0] ?? '')?.(tokens) === true || tokens.some(leavesSomething)
}

/** In statements of any kind: session locks, settings that are not made for the transaction only, temporary tables. */
function leavesSomething(token: string, at: number, tokens: Tokens): boolean {
  if (token.startsWith('pg_temp')) return true
  if (token === 'into') return !WRITES_INTO.has(tokens[at - 1] ?? '') && isTemporary(tokens, at + 1)
  if (tokens[at + 1] !== '(') return false
  return SESSION_LOCK.test(token) || (token === 'set_config' && !endsWithTrue(tokens, at + 1))
}

/** Whether `temp` comes next, or with a word that PostgreSQL takes no notice of. */
function isTemporary(tokens: Tokens, at: number): boolean {
  const token = tokens[at] ?? ''
  const word = token === 'local' || token === 'global' ? tokens[at + 1] : token
  return word === 'temp' || word === 'temporary'
}

/** Whether the last argument between the brackets that open there is `true`. */
function endsWithTrue(tokens: Tokens, opening: number): boolean {
  let depth = 0
  for (let at = opening; at < tokens.length; at += 1) {
    if (tokens[at] === '(') depth += 1
    else if (tokens[at] === ')') depth -= 1
    if (depth === 0) return tokens[at - 1] === 'true' && tokens[at - 2] === ','
  }
  return false
}

const always = (): boolean => true

/** By its first word, whether a statement as a whole changes the session. */
const COMMANDS = new Map<string, (tokens: Tokens) => boolean>([
  ['set', ([, word = '']) => word !== 'local' && word !== 'transaction' && word !== 'constraints'],
  ['reset', always],
  ['discard', always],
  ['listen', always],
  ['unlisten', always],
  ['load', always],
  ['prepare', always],
  ['create', tokens => isTemporary(tokens, tokens[1] === 'or' ? 3 : 1)],
  ['declare', tokens => tokens.some((token, at) => token === 'with' && tokens[at + 1] === 'hold')],
])

/** Behind these, INTO names a table that is there. */
const WRITES_INTO: ReadonlySet<string> = new Set(['insert', 'merge'])

const SESSION_LOCK = /^pg_(?:try_)?advisory_lock(?:_shared)?$/

/** The words without which nothing of this can be, in comments and strings too: most statements have none of them. */
const SUSPECT =
  /\b(?:set|reset|discard|listen|unlisten|load|prepare|temp|temporary|pg_temp\w*|hold|set_config|pg_(?:try_)?advisory_lock(?:_shared)?)\b/i

const DROPPING = /\b(?:deallocate|discard)\b/i

const CACHED_TEXTS = 500
const CACHED_LENGTH = 8_192

/** A memo of a pure function: it may be dropped at any time. */
const cache = new Map<string, boolean>()
