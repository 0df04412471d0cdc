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
  const changes = SESSION_COMMAND.test(text) || SESSION_FUNCTION.test(text)
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

/** At the start of the text or of a further statement, behind comments. */
const SESSION_COMMAND =
  /(?:^|;)(?:\s|--[^\n]*\n|\/\*(?:[^*]|\*(?!\/))*\*\/)*(?:set\s+(?!local\b|transaction\b|constraints\b)|(?:reset|discard|listen|unlisten|load|prepare)\b|create\s+(?:(?:global|local)\s+)?temp(?:orary)?\b|declare\b[^;]*\bwith\s+hold\b)/i

/** Session locks, and settings that are not made for the transaction only. */
const SESSION_FUNCTION = /\bpg_(?:try_)?advisory_lock(?:_shared)?\s*\(|\bset_config\s*\((?![^()]*,\s*true\s*\))/i

const DROPPING = /\b(?:deallocate|discard)\b/i

const CACHED_TEXTS = 500
const CACHED_LENGTH = 8_192

/** A memo of a pure function: it may be dropped at any time. */
const cache = new Map<string, boolean>()
