import { byCallers } from './callers'
import { type Regime, takeOneCore } from './one-core'
import type { OpenPeer, Peer, Target } from './peers/peer'
import { prove } from './proof'
import { type RoundOptions, timeRounds, type Variant } from './rounds'
import { openStage, type Stage } from './stage'
import { differences, type Quartiles, quantile, quartilesOf, ratios } from './statistics'
import type { Traffic } from './wire-tap'
import type { Workload } from './workloads/workload'

/** One row of a table. */
export interface Measured {
  readonly name: string
  /** Per call, the median of the rounds. */
  readonly microseconds: number
  /** Over the base, in the same round. */
  readonly ratio: Quartiles
  /** Beyond the base, in the same round; nanoseconds. */
  readonly beyond: Quartiles
  readonly roundTrips: number | undefined
  readonly commands: readonly string[]
}

/** What one process found out about one work. */
export interface Measurement {
  /** The base first. */
  readonly rows: readonly Measured[]
  readonly regime: Regime
  readonly facts: readonly string[]
}

export interface MeasureOptions {
  readonly url: string
  readonly rounds: number
  /** Where everything runs; tests leave it to the scheduler. */
  readonly place?: (backends: readonly number[]) => Regime
}

/** Proves that the peers do the same work, then times them. */
export async function measure(
  workload: Workload,
  peers: readonly Peer[],
  { url, rounds, place = takeOneCore }: MeasureOptions,
): Promise<Measurement> {
  const stage = await openStage(workload.engine, url)
  try {
    const traffic = await opened(peers, stage.watched, workload, variants => proveAll(variants, workload, stage))
    return await opened(peers, stage.direct, workload, async variants => {
      const { times, regime } = await timed(variants, stage, { rounds, calls: workload.calls, place })
      return { rows: rowsOf(variants, times, traffic), regime, facts: stage.facts }
    })
  } finally {
    await stage.close()
  }
}

async function proveAll(
  variants: readonly Variant[],
  { proof, callers }: Workload,
  stage: Stage,
): Promise<Map<string, Traffic>> {
  const traffic = new Map<string, Traffic>()
  for (const variant of variants) traffic.set(variant.name, await prove(variant, proof, stage.observed, { callers }))
  return traffic
}

async function timed(
  variants: readonly Variant[],
  stage: Stage,
  { place, ...options }: RoundOptions & Pick<Required<MeasureOptions>, 'place'>,
): Promise<{ readonly times: readonly (readonly number[])[]; readonly regime: Regime }> {
  // Opens the connections, which can be moved only once they are there.
  for (const variant of variants) await variant.run()
  const backends = await stage.backends()
  const regime = place(backends)
  const times = await timeRounds(variants, options)
  const joined = (await stage.backends()).filter(pid => !backends.includes(pid))
  if (regime.oneCore && joined.length > 0)
    return { times, regime: { oneCore: false, text: 'several cores: connections were made while measuring' } }
  return { times, regime }
}

/** Opens the peers, collects their variants of a work, and runs something with them: inside their transactions if asked. */
async function opened<R>(
  peers: readonly Peer[],
  target: Target,
  workload: Workload,
  work: (variants: readonly Variant[]) => Promise<R>,
): Promise<R> {
  const open: OpenPeer[] = []
  try {
    for (const peer of peers) open.push(await peer.open(target))
    const taking = open.filter(peer => variantsOf(peer, workload).length > 0)
    const variants = taking.flatMap(peer => variantsOf(peer, workload))
    return await (workload.within ? inside(taking, () => work(variants)) : work(variants))
  } finally {
    for (const peer of open.reverse()) await peer.close()
  }
}

function variantsOf(peer: OpenPeer, { name, variantsOf: other = name, callers }: Workload): readonly Variant[] {
  const variants = peer.variants[other] ?? []
  return callers === undefined ? variants : variants.map(variant => byCallers(variant, callers))
}

/** Runs work inside a transaction of each peer. */
async function inside<R>(peers: readonly OpenPeer[], work: () => Promise<R>): Promise<R> {
  const results: R[] = []
  const innermost = async (): Promise<void> => void results.push(await work())
  const nested = peers.reduceRight((inner, peer) => () => peer.within?.(inner) ?? inner(), innermost)
  await nested()
  const [result] = results
  if (results.length !== 1 || result === undefined) throw new Error('a peer did not run the work it was given')
  return result
}

function rowsOf(
  variants: readonly Variant[],
  times: readonly (readonly number[])[],
  traffic: ReadonlyMap<string, Traffic>,
): readonly Measured[] {
  const [base = []] = times
  return variants.map(({ name }, index) => {
    const own = times[index] ?? []
    return {
      name,
      microseconds: quantile(own, 0.5),
      ratio: quartilesOf(ratios(own, base)),
      beyond: quartilesOf(differences(own, base).map(microseconds => microseconds * 1_000)),
      roundTrips: traffic.get(name)?.roundTrips,
      commands: traffic.get(name)?.commands ?? [],
    }
  })
}
