/** One way of doing a piece of work. */
export interface Variant {
  readonly name: string
  /** Does it once, and answers what it found, for the proof that all variants do the same. */
  run(): Promise<unknown>
}

export interface RoundOptions {
  readonly rounds: number
  /** Calls of one variant in one round, one after the other. */
  readonly calls: number
  /** Milliseconds, from whenever. */
  readonly now?: () => number
  /** From 0 to below 1. */
  readonly random?: () => number
}

/**
 * Times variants in interleaved rounds: each round runs every one of them once, in random order, so that a machine that
 * slows down for a while slows all of them. Answers the microseconds per call of each round, in the order of the variants.
 */
export async function timeRounds(
  variants: readonly Variant[],
  { rounds, calls, now = () => performance.now(), random = Math.random }: RoundOptions,
): Promise<readonly (readonly number[])[]> {
  const times = variants.map((): number[] => [])
  for (const variant of variants) await repeat(variant, calls)
  for (let round = 0; round < rounds; round += 1) {
    for (const index of shuffled(variants.length, random)) {
      const started = now()
      await repeat(at(variants, index), calls)
      at(times, index).push(((now() - started) * 1_000) / calls)
    }
  }
  return times
}

async function repeat(variant: Variant, calls: number): Promise<void> {
  for (let call = 0; call < calls; call += 1) await variant.run()
}

/** The numbers below `length`, every order as likely as any other (Fisher and Yates). */
function shuffled(length: number, random: () => number): readonly number[] {
  const order = Array.from({ length }, (_, index) => index)
  for (let last = length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1))
    const moved = at(order, last)
    order[last] = at(order, other)
    order[other] = moved
  }
  return order
}

function at<T>(values: readonly T[], index: number): T {
  const value = values[index]
  if (value === undefined) throw new RangeError(`there is no number ${index}`)
  return value
}
