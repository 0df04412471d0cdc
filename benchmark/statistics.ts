/** The middle of some numbers, and the half of them around it. */
export interface Quartiles {
  readonly lower: number
  readonly median: number
  readonly upper: number
}

/** Between the two nearest numbers where `q` falls between them; NaN of nothing. */
export function quantile(values: readonly number[], q: number): number {
  const ordered = [...values].sort((left, right) => left - right)
  const at = (ordered.length - 1) * q
  const below = ordered[Math.floor(at)] ?? Number.NaN
  const above = ordered[Math.ceil(at)] ?? Number.NaN
  return below + (above - below) * (at - Math.floor(at))
}

export function quartilesOf(values: readonly number[]): Quartiles {
  return { lower: quantile(values, 0.25), median: quantile(values, 0.5), upper: quantile(values, 0.75) }
}

/** Each round's time over the base's time in the same round: a slow moment of the machine divides out. */
export function ratios(times: readonly number[], base: readonly number[]): readonly number[] {
  return perRound(times, base, (time, other) => time / other)
}

/** What each round took beyond the base in the same round. */
export function differences(times: readonly number[], base: readonly number[]): readonly number[] {
  return perRound(times, base, (time, other) => time - other)
}

function perRound(
  times: readonly number[],
  base: readonly number[],
  compare: (time: number, base: number) => number,
): readonly number[] {
  if (times.length !== base.length)
    throw new RangeError(`${times.length} rounds cannot be compared with ${base.length}`)
  return times.map((time, round) => compare(time, base[round] ?? Number.NaN))
}
