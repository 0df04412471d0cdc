import type { Variant } from './rounds'
import type { Traffic } from './wire-tap'
import type { Proof } from './workloads/workload'

/** Where the traffic of a variant is seen. */
export interface Observed {
  clear(): void
  readonly traffic: Traffic
}

/**
 * Runs a variant and looks at what it answered and at what the database did for it. A variant that skips a COMMIT, or
 * reads one row less, would win every race.
 */
export async function prove(variant: Variant, proof: Proof, observed: Observed): Promise<Traffic> {
  // Connections are made, and statements prepared, only once.
  await variant.run()
  observed.clear()
  const result = await variant.run()
  const traffic = { ...observed.traffic, commands: observed.traffic.commands.map(spelled) }
  if (!proof.answers(result)) throw refused(variant, `answers ${JSON.stringify(result)}`)
  if (!isRight(traffic.commands, proof)) throw refused(variant, `made the database do ${listed(traffic.commands)}`)
  return traffic
}

function isRight(commands: readonly string[], { commands: expected, transaction }: Proof): boolean {
  const wrapped = ['BEGIN', ...expected, 'COMMIT']
  return same(commands, wrapped) || (transaction === 'optional' && same(commands, expected))
}

function same(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((command, index) => command === right[index])
}

/** `START TRANSACTION` and `BEGIN` are one command. */
function spelled(command: string): string {
  return command === 'START TRANSACTION' ? 'BEGIN' : command
}

function refused(variant: Variant, why: string): Error {
  return new Error(`'${variant.name}' does not do the work it is timed for: it ${why}.`)
}

function listed(commands: readonly string[]): string {
  return commands.length === 0 ? 'nothing' : commands.join(', ')
}
