import { byCallers } from './callers'
import type { Measured, Measurement, Sample } from './measured'
import { type Taken, take } from './methods'
import { type Regime, takeOneCore } from './one-core'
import type { OpenPeer, Peer, Target } from './peers/peer'
import { prove, provenEachTime } from './proof'
import type { Variant } from './rounds'
import { sessionOptions, underSession } from './session'
import { openStage, type Stage } from './stage'
import type { Traffic } from './wire-tap'
import type { Method, Workload } from './workloads/workload'

export interface MeasureOptions {
  readonly url: string
  readonly rounds: number
  /** Of each variant, in milliseconds. */
  readonly warmUpMs: number
  /** Where everything runs; tests leave it to the scheduler. */
  readonly place?: (backends: readonly number[]) => Regime
}

/** Proves that the peers do the same work, then measures them. */
export function measure(workload: Workload, peers: readonly Peer[], options: MeasureOptions): Promise<Measurement> {
  return underSession(workload.session ?? {}, async () => {
    const stage = await openStage(workload, options.url)
    try {
      return await measureOn(stage, workload, peers, options)
    } finally {
      await stage.close()
    }
  })
}

async function measureOn(
  stage: Stage,
  workload: Workload,
  peers: readonly Peer[],
  options: MeasureOptions,
): Promise<Measurement> {
  const traffic = await opened(peers, stage.watched, workload, variants => proveAll(variants, workload, stage))
  return opened(peers, stage.direct, workload, async variants => {
    const { proof, method } = workload
    const timed = method.kind === 'processes' ? variants.map(variant => provenEachTime(variant, proof)) : variants
    const { samples, circumstances, regime } = await measured(timed, workload, stage, options)
    const rows = variants.map((variant, index) => rowOf(variant, samples[index], traffic.get(variant.name)))
    return { rows, regime, circumstances: [...stage.session, ...circumstances], facts: stage.facts }
  })
}

async function proveAll(
  variants: readonly Variant[],
  { proof, method, session }: Workload,
  { observed }: Stage,
): Promise<Map<string, Traffic>> {
  const traffic = new Map<string, Traffic>()
  const callers = callersOf(method)
  for (const variant of variants) {
    const measured = callers === undefined ? variant : byCallers(variant, callers)
    traffic.set(variant.name, await prove(measured, proof, observed, { callers }))
    if (session !== undefined && !observed.sessions.every(options => options === sessionOptions()))
      throw new Error(`'${variant.name}' has sessions that were not opened with ${sessionOptions()}.`)
  }
  return traffic
}

async function measured(
  variants: readonly Variant[],
  { method, cores }: Workload,
  stage: Stage,
  { rounds, warmUpMs, place = takeOneCore }: MeasureOptions,
): Promise<Taken & { readonly regime: Regime }> {
  // Opens the connections, which can be moved only once they are there.
  for (const variant of variants) await byCallers(variant, callersOf(method) ?? 1).run()
  const backends = await stage.backends()
  const regime = cores === 'any' ? ANY : place(backends)
  const taken = await take(variants, method, { rounds, warmUpMs })
  const joined = (await stage.backends()).filter(pid => !backends.includes(pid))
  if (regime.oneCore && joined.length > 0)
    return { ...taken, regime: { oneCore: false, text: 'several cores: connections were made while measuring' } }
  return { ...taken, regime }
}

const ANY: Regime = { oneCore: false, text: 'whatever cores the scheduler chose, as the goals of this work want it' }

function callersOf(method: Method): number | undefined {
  return 'callers' in method ? method.callers : undefined
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

function variantsOf(peer: OpenPeer, { name, variantsOf: other = name, method }: Workload): readonly Variant[] {
  const all = peer.variants[other] ?? []
  return callersOf(method) === undefined ? all : all.filter(({ alone }) => alone !== true)
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

function rowOf({ name, floor }: Variant, sample: Sample | undefined, traffic: Traffic | undefined): Measured {
  return {
    name,
    ...(floor && { floor }),
    rounds: sample?.rounds ?? {},
    readings: sample?.readings ?? {},
    roundTrips: traffic?.roundTrips,
    commands: traffic?.commands ?? [],
  }
}
