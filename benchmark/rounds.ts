/** One way of doing the same work. */
export interface Variant {
  readonly name: string
  /** Does the work once. */
  readonly run: () => Promise<unknown>
}

/** The time of a variant over the base's, within the same round. */
export interface Ratio {
  readonly name: string
  readonly median: number
  readonly lower: number
  readonly upper: number
}

export interface RoundOptions {
  readonly rounds: number
  /** Calls of one variant in one round. */
  readonly calls: number
}

/**
 * Compares variants in interleaved rounds: each round runs every variant once, in random order, and only times of the same
 * round are divided. A machine that slows down for a while then slows all of them.
 */
export async function compare(
  [base, ...others]: readonly [Variant, ...Variant[]],
  { rounds, calls }: RoundOptions,
): Promise<{ readonly baseMicroseconds: number; readonly ratios: readonly Ratio[] }> {
  const variants = [base, ...others]
  const times = new Map<string, number[]>(variants.map(({ name }) => [name, []]))
  for (const variant of variants) await repeat(variant, calls)
  for (let round = 0; round < rounds; round += 1) {
    for (const variant of shuffled(variants)) times.get(variant.name)?.push(await repeat(variant, calls))
  }
  const baseTimes = times.get(base.name) ?? []
  const ratios = variants.map(({ name }) => quartiles(name, divided(times.get(name) ?? [], baseTimes)))
  return { baseMicroseconds: (quantile(sorted(baseTimes), 0.5) / calls) * 1_000, ratios }
}

/** Milliseconds for `calls` calls, one after the other. */
async function repeat({ run }: Variant, calls: number): Promise<number> {
  const started = performance.now()
  for (let call = 0; call < calls; call += 1) await run()
  return performance.now() - started
}

function divided(times: readonly number[], base: readonly number[]): readonly number[] {
  return times.map((time, index) => time / (base[index] ?? Number.NaN))
}

function quartiles(name: string, ratios: readonly number[]): Ratio {
  const ordered = sorted(ratios)
  return { name, median: quantile(ordered, 0.5), lower: quantile(ordered, 0.25), upper: quantile(ordered, 0.75) }
}

function quantile(ordered: readonly number[], q: number): number {
  return ordered[Math.min(ordered.length - 1, Math.floor(ordered.length * q))] ?? Number.NaN
}

function sorted(values: readonly number[]): readonly number[] {
  return [...values].sort((left, right) => left - right)
}

function shuffled<T>(values: readonly T[]): readonly T[] {
  return values
    .map(value => ({ value, key: Math.random() }))
    .sort((left, right) => left.key - right.key)
    .map(({ value }) => value)
}
