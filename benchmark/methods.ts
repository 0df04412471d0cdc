import { type Boot, isBoot, type Phase } from './containers/boot-answer'
import { closedLoop, type Load, openLoop, serial } from './load'
import { isReadings, type Reading, type Readings, type Sample } from './measured'
import { inTime } from './patience'
import { inRounds, type RoundOptions, type Variant } from './rounds'
import { quantile } from './statistics'
import type { Arrivals, Callers, Method, Serial } from './workloads/workload'

/** What was found out about variants. */
export interface Taken {
  /** In the order of the variants. */
  readonly samples: readonly Sample[]
  readonly circumstances: readonly string[]
}

/** Measures variants in the way that a work asks for. */
export function take(variants: readonly Variant[], method: Method, options: RoundOptions): Promise<Taken> {
  switch (method.kind) {
    case 'overhead':
    case 'calls':
      return takeSerially(variants, method, options)
    case 'callers':
      return takeByCallers(variants, method, options)
    case 'arrivals':
      return takeArrivals(variants, method, options)
    case 'trial':
      return takeTrials(variants, options)
    case 'processes':
      return takeProcesses(variants, options)
  }
}

async function takeSerially(variants: readonly Variant[], method: Serial, options: RoundOptions): Promise<Taken> {
  const found = await inRounds(variants, variant => serial(variant, method), options)
  return { samples: found.map(time => ({ rounds: { time }, readings: {} })), circumstances: [] }
}

async function takeByCallers(variants: readonly Variant[], method: Callers, options: RoundOptions): Promise<Taken> {
  const found = await inRounds(variants, variant => loaded(variant, method), options)
  return { samples: found.map(sampleOf), circumstances: [] }
}

async function takeArrivals(variants: readonly Variant[], method: Arrivals, options: RoundOptions): Promise<Taken> {
  const [base] = variants
  if (base === undefined) return { samples: [], circumstances: [] }
  const perSecond = (await saturated(base, method.callers, options)) * method.load
  const { arrivals } = method
  const arriving = (variant: Variant): Promise<Load> =>
    inTime(variant.name, () => openLoop(variant, { arrivals, perSecond }))
  const found = await inRounds(variants, arriving, options)
  const share = `${method.load * 100} % of what ${base.name} did for ${method.callers} callers`
  return { samples: found.map(sampleOf), circumstances: [`${Math.round(perSecond)} arrivals a second, ${share}`] }
}

/** Calls a second when there are always callers. */
async function saturated(variant: Variant, callers: number, options: RoundOptions): Promise<number> {
  const [loads = []] = await inRounds([variant], each => loaded(each, { callers, calls: 8 }), { ...options, rounds: 7 })
  return 1_000_000 / quantile(loads.map(microsecondsOf), 0.5)
}

function loaded(variant: Variant, { callers, calls }: Omit<Callers, 'kind'>): Promise<Load> {
  return inTime(variant.name, () => closedLoop(variant, { callers, calls }))
}

function sampleOf(loads: readonly Load[]): Sample {
  const quantiles = (q: number): readonly number[] => loads.map(({ latencies }) => quantile(latencies, q))
  return {
    rounds: { time: loads.map(microsecondsOf), p50: quantiles(0.5), p99: quantiles(0.99) },
    // One that fails, or hangs, ends the measurement.
    readings: { attempts: loads.reduce((sum, { latencies }) => sum + latencies.length, 0), errors: 0 },
  }
}

function microsecondsOf({ microseconds }: Load): number {
  return microseconds
}

async function takeTrials(variants: readonly Variant[], options: RoundOptions): Promise<Taken> {
  const found = await inRounds(variants, variant => inTime(variant.name, () => variant.run()), options)
  const samples = found.map(results => ({ rounds: {}, readings: results.filter(isReadings).reduce(both, {}) }))
  return { samples, circumstances: [] }
}

/** Each call of a variant is a fresh process, which cannot be warm: what one warms is the machine's copy of the files. */
async function takeProcesses(variants: readonly Variant[], { rounds }: RoundOptions): Promise<Taken> {
  const found = await inRounds(variants, variant => inTime(variant.name, () => variant.run()), { rounds })
  const samples = found.map(results => ({ rounds: phasesOf(results.filter(isBoot)), readings: {} }))
  return { samples, circumstances: [] }
}

function phasesOf(boots: readonly Boot[]): Sample['rounds'] {
  const phase = (name: Phase): readonly number[] => boots.map(({ milliseconds }) => milliseconds[name] * 1_000)
  const all = boots.map(({ milliseconds }) => milliseconds.import + milliseconds.declare + milliseconds.start)
  return {
    time: all.map(milliseconds => milliseconds * 1_000),
    import: phase('import'),
    declare: phase('declare'),
    start: phase('start'),
  }
}

/** The readings of two trials. */
function both(left: Readings, right: Readings): Readings {
  const sum: Partial<Record<Reading, number>> = { ...left }
  for (const [name, value] of Object.entries(right) as [Reading, number][]) {
    const before = left[name] ?? 0
    sum[name] = name === 'slowestMs' ? Math.max(before, value) : before + value
  }
  return sum
}
