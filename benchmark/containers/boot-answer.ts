import type { Graph } from './graphs'

/** What a fresh process does one after the other; the library and the classes are loaded and compiled for the first time. */
export type Phase = 'import' | 'declare' | 'start'

/** What a fresh process has found out about its start. */
export interface Boot {
  readonly milliseconds: Readonly<Record<Phase, number>>
  /** The objects that were there then, by the classes of what they hold. */
  readonly wiring: Graph
}

export function isBoot(value: unknown): value is Boot {
  return typeof value === 'object' && value !== null && 'milliseconds' in value && 'wiring' in value
}
