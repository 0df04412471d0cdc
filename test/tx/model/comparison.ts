import { type CallNode, type HookPlan, printTree } from './call-tree'
import type { DatabaseKind, Facts } from './facts'
import { predict } from './prediction'

/** Compares a run, in the order in which everything happened. */
export function expectPredicted(tree: CallNode, seen: Facts, database: DatabaseKind): void {
  const { exact: _, ...expected } = predict(tree, database)
  // A lender's transaction is ended and begun again around a loan, which is SQLite's own business.
  const seenCommands = database.oneWriter ? expected.commands : seen.commands
  expectSame(tree, { ...seen, commands: seenCommands }, expected)
  expectConsistent(tree, seen)
}

/** As {@link expectPredicted} for calls side by side, as far as their order does not matter; says whether all was compared. */
export function expectPredictedInAnyOrder(tree: CallNode, seen: Facts, database: DatabaseKind): boolean {
  expectConsistent(tree, seen)
  if (dependsOnOrder(tree)) return false
  const { exact, ...expected } = predict(tree, database)
  if (exact) expectSame(tree, unordered(seen), unordered(expected))
  return exact
}

/**
 * Each writer's row is stored exactly when its hooks were told so, and no hook was told twice. A call that nobody
 * awaited may be cut off by the COMMIT of its transaction, before its row and after its hooks.
 */
export function expectConsistent(tree: CallNode, { outcomes, rows, hooks }: Facts): void {
  expectSame(tree, { twice: hooks.filter((line, index) => hooks.indexOf(line) !== index) }, { twice: [] })
  const stored = new Set([...rows.default, ...rows.other])
  for (const id of writersOf(tree)) {
    if (outcomes[id] === 'AMBIT_TX_ENDED' && !stored.has(id)) continue
    const told = hooks.filter(line => line.startsWith(`${id} `) && line !== `${id} beforeCommit`).sort()
    if (told.length === 0) continue
    const expected = stored.has(id)
      ? [`${id} afterCommit`, `${id} afterCompletion committed`]
      : [`${id} afterCompletion rolled-back`, `${id} afterRollback`]
    expectSame(tree, { told }, { told: expected })
  }
}

/**
 * Where calls run side by side, one may doom a transaction, or have it aborted by the database, before or after its sibling
 * asks something of it, and both are right. So it is with a beforeCommit hook that vetoes the commit: it keeps those from
 * running that a sibling registers behind it, and not those that were registered before.
 */
function dependsOnOrder(node: CallNode, aborts = some(node, ({ refused }) => refused)): boolean {
  const { calls, children } = node
  const racing = calls !== 'in turn' && children.length > 1
  if (!racing) return children.some(child => dependsOnOrder(child, aborts))
  const dooms = children.some(child => some(child, one => mayDoom(one, aborts)))
  const nests = children.some(child => some(child, ({ mode }) => mode === 'NESTED'))
  const refused = children.some(child => some(child, one => one.refused))
  const vetoes = children.some(child => some(child, ({ hooks }) => hooks.some(hook => mayVeto(hook, aborts))))
  return (dooms && nests) || refused || vetoes || children.some(child => dependsOnOrder(child, aborts))
}

/** What a hook writes is refused where the transaction was aborted before the calls side by side. */
function mayVeto({ phase, does }: HookPlan, aborts: boolean): boolean {
  return phase === 'beforeCommit' && (does === 'fails' || (does === 'writes' && aborts))
}

/** Where the transaction was aborted before, each statement fails, and dooms it for a sibling that has not asked yet. */
function mayDoom({ outcome, mode, hooks, statement }: CallNode, aborts: boolean): boolean {
  if (outcome !== 'ok' || mode === 'NEVER' || mode === 'MANDATORY') return true
  return (aborts && statement !== 'none') || hooks.some(({ does }) => does === 'fails')
}

function some(node: CallNode, is: (node: CallNode) => boolean): boolean {
  return is(node) || node.children.some(child => some(child, is))
}

function writersOf(node: CallNode): string[] {
  const own = node.statement === 'writes' ? [node.id] : []
  return [...own, ...node.children.flatMap(writersOf)]
}

/** The same facts in no order, and without saying which of several failures was the first. */
function unordered({ outcomes, rows, hooks, reports, commands }: Facts): unknown {
  const named = Object.entries(outcomes).map(([id, text]) => `${id} ${withoutNames(text)}`)
  const sorted = { default: [...commands.default].sort(), other: [...commands.other].sort() }
  return {
    outcomes: named.sort(),
    rows,
    hooks: [...hooks].sort(),
    reports: reports.map(withoutNames).sort(),
    commands: sorted,
  }
}

function withoutNames(text: string): string {
  return text.replace(/ by n\d+$/, '')
}

function expectSame(tree: CallNode, seen: unknown, expected: unknown): void {
  const text = printTree(tree)
  expect({ tree: text, seen }).toEqual({ tree: text, seen: expected })
}
