import type { Registration } from '../../di'

/** The steps of a start, in their order. */
export const START_PHASES = [
  'data sources',
  'scan',
  'configuration',
  'check',
  'connect',
  'schema',
  'validate sql',
  'components',
  'initializers',
  'plugins',
] as const
/** One step of a start. */
export type StartPhase = (typeof START_PHASES)[number]

/** How long one step took. */
export interface PhaseTiming {
  readonly phase: StartPhase
  readonly ms: number
}

/** Measures a start: its steps, and how long each singleton took to build, what it needs not counted. */
export class StartTimings {
  readonly startedAt = new Date()
  readonly #builds = new Map<Registration, number>()
  readonly #phases: PhaseTiming[] = []
  readonly #begun = performance.now()
  #totalMs: number | undefined

  /** Measures a step, also one that fails. */
  async measure<T>(phase: StartPhase, work: () => T): Promise<Awaited<T>> {
    const begun = performance.now()
    try {
      return await work()
    } finally {
      this.#phases.push({ phase, ms: since(begun) })
    }
  }

  /** Is told of each singleton. */
  readonly built = (registration: Registration, ms: number): void => {
    this.#builds.set(registration, rounded(ms))
  }

  /** The start is over. */
  done(): void {
    this.#totalMs = since(this.#begun)
  }

  get totalMs(): number {
    return this.#totalMs ?? since(this.#begun)
  }

  get phases(): readonly PhaseTiming[] {
    return [...this.#phases]
  }

  buildMs(registration: Registration): number | undefined {
    return this.#builds.get(registration)
  }
}

function since(begun: number): number {
  return rounded(performance.now() - begun)
}

/** Hundredths: finer ones are noise. */
function rounded(ms: number): number {
  return Math.round(ms * 100) / 100
}
