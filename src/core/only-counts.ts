import { executedTokens } from './executed-tokens'

/** Whether a statement writes rows and answers none. A WITH may come first: what stands outside its brackets decides. */
export function onlyCounts(sql: string): boolean {
  if (!WRITES_ROWS.test(sql)) return false
  let depth = 0
  let writes = false
  for (const token of executedTokens(sql)) {
    depth += DEPTH[token] ?? 0
    if (depth > 0) continue
    if (token === 'returning' || (!writes && ANSWERS.has(token))) return false
    writes ||= WRITES.has(token)
  }
  return writes
}

const WRITES: ReadonlySet<string> = new Set(['insert', 'update', 'delete', 'replace'])
const WRITES_ROWS = new RegExp(`\\b(?:${[...WRITES].join('|')})\\b`, 'i')
/** First words of what answers rows, or nothing that is worth counting. */
const ANSWERS: ReadonlySet<string> = new Set(['select', 'values', 'explain', 'pragma', 'create', 'drop', 'alter'])
const DEPTH: Readonly<Record<string, number | undefined>> = { '(': 1, ')': -1 }
