export type Engine = 'postgres' | 'sqlite'

export type WorkloadName =
  | 'join'
  | 'one-row'
  | 'one-row-64'
  | 'three-reads'
  | 'three-reads-64'
  | 'three-reads-at-once'
  | 'requires-new-64'
  | 'untouched'
  | 'insert'
  | 'sqlite-one-row'
  | 'sqlite-insert'
  | 'sqlite-insert-1000'
  | 'sqlite-insert-64'

/** A piece of work that every peer does in its own way. */
export interface Workload {
  readonly name: WorkloadName
  readonly engine: Engine
  readonly title: string
  /** What the project wants to reach here. */
  readonly goal: string
  /** Calls of one variant in one round. */
  readonly calls: number
  /** How many callers do it at the same time, all of them together being one call; without it there is one. */
  readonly callers?: number
  /** The work whose variants the callers run; without it this work has its own. */
  readonly variantsOf?: WorkloadName
  /** Whether it runs inside an open transaction. */
  readonly within: boolean
  /** `ns`: what a call takes beyond the base; `ratio`: how many times the base. */
  readonly shows: 'ns' | 'ratio'
  readonly proof: Proof
}

/** What each variant must have done, or its time means nothing. */
export interface Proof {
  /** Whether the answer of one caller is right. */
  answers(result: unknown): boolean
  /** The database's commands for one caller, without the outer BEGIN and COMMIT; those of several may come in any order. */
  readonly commands: readonly string[]
  /** Whether BEGIN and COMMIT must be around them; otherwise they may. */
  readonly transaction: 'required' | 'optional'
}
