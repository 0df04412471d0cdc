const MOST = 8

/** Commands as a text: in order, or, where there are many, how often each was run. */
export function listed(commands: readonly string[]): string {
  if (commands.length <= MOST) return commands.join(', ')
  const tally = new Map<string, number>()
  for (const command of commands) tally.set(command, (tally.get(command) ?? 0) + 1)
  return [...tally].map(([command, times]) => `${times} x ${command}`).join(', ')
}
