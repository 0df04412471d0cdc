/** One way of doing a piece of work. */
export interface Variant {
  readonly name: string
  /** Does it once, and answers what it found, for the proof that all variants do the same. */
  run(): Promise<unknown>
  /** One call that answers at once, for works that take nanoseconds: waiting for a promise would be most of them. */
  readonly atOnce?: () => unknown
  /** Whether nothing can be quicker on this machine: with it the page says which goals can be met at all. */
  readonly floor?: true
  /** Set for what cannot be called by several at the same time: it takes no part in such works. */
  readonly alone?: true
}

export interface RoundOptions {
  readonly rounds: number
  /** How long each variant is taken before, for nothing: milliseconds. Without it each is taken once. */
  readonly warmUpMs?: number
  /** From 0 to below 1. */
  readonly random?: () => number
  /** Milliseconds, from whenever. */
  readonly now?: () => number
}

/**
 * Measures variants in interleaved rounds: each round takes every one of them once, in random order, so that a machine that
 * slows down for a while slows all of them. Answers what each round found, in the order of the variants. Before, all of them
 * are warmed up.
 */
export async function inRounds<R>(
  variants: readonly Variant[],
  take: (variant: Variant) => Promise<R>,
  { rounds, random = Math.random, ...warming }: RoundOptions,
): Promise<readonly (readonly R[])[]> {
  const found = variants.map((): R[] => [])
  await warmUp(variants, take, warming)
  for (let round = 0; round < rounds; round += 1) {
    for (const index of shuffled(variants.length, random)) at(found, index).push(await take(at(variants, index)))
  }
  return found
}

/**
 * Until each has had its time, in turn: the more code a variant has, the longer the compiler works on it, and that works
 * beside what is measured. In turn, because code that variants share must have seen all of them before the first is timed.
 */
async function warmUp(
  variants: readonly Variant[],
  take: (variant: Variant) => Promise<unknown>,
  { warmUpMs = 0, now = () => performance.now() }: Pick<RoundOptions, 'warmUpMs' | 'now'>,
): Promise<void> {
  const had = new Map<Variant, number>()
  let cold = variants
  while (cold.length > 0) {
    for (const variant of cold) {
      const started = now()
      await take(variant)
      had.set(variant, (had.get(variant) ?? 0) + now() - started)
    }
    cold = cold.filter(variant => (had.get(variant) ?? 0) < warmUpMs)
  }
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
