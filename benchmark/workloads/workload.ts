export type Engine = 'postgres' | 'sqlite'

export type WorkloadName =
  'join' | 'one-row' | 'three-reads' | 'untouched' | 'insert' | 'sqlite-one-row' | 'sqlite-insert'

/** A piece of work that every peer does in its own way. */
export interface Workload {
  readonly name: WorkloadName
  readonly engine: Engine
  readonly title: string
  /** What the project wants to reach here. */
  readonly goal: string
  /** Calls of one variant in one round. */
  readonly calls: number
  /** Whether it runs inside an open transaction. */
  readonly within: boolean
  /** `ns`: what a call takes beyond the base; `ratio`: how many times the base. */
  readonly shows: 'ns' | 'ratio'
  readonly proof: Proof
}

/** What each variant must have done, or its time means nothing. */
export interface Proof {
  /** Whether the answer of one call is right. */
  answers(result: unknown): boolean
  /** The database's commands without BEGIN and COMMIT. */
  readonly commands: readonly string[]
  /** Whether BEGIN and COMMIT must be around them; otherwise they may. */
  readonly transaction: 'required' | 'optional'
}
