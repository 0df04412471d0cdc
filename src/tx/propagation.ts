/** The seven propagation modes, with Spring's names and meaning; NESTED is a real savepoint. */
export const PROPAGATIONS = [
  'REQUIRED',
  'REQUIRES_NEW',
  'NESTED',
  'SUPPORTS',
  'MANDATORY',
  'NOT_SUPPORTED',
  'NEVER',
] as const

/** What a boundary does about the transaction that it finds, or does not find, when it starts. */
export type Propagation = (typeof PROPAGATIONS)[number]

/** What a boundary finds when it starts. */
export type AmbientState =
  /** no frame at all */
  | 'none'
  /** a transaction is active */
  | 'active'
  /** a frame without a transaction: SUPPORTS outside one, NOT_SUPPORTED, NEVER */
  | 'empty'
  /** the frame's transaction is over: late work */
  | 'ended'

/** What a boundary then does. */
export type Behaviour = 'begin' | 'join' | 'nest' | 'empty' | 'refuse-missing' | 'refuse-active' | 'refuse-ended'

/** The propagation matrix (Spring's, with DESIGN's late-work row): mode × state → behaviour. */
export const PROPAGATION_MATRIX = {
  REQUIRED: { none: 'begin', active: 'join', empty: 'begin', ended: 'refuse-ended' },
  REQUIRES_NEW: { none: 'begin', active: 'begin', empty: 'begin', ended: 'begin' },
  NESTED: { none: 'begin', active: 'nest', empty: 'begin', ended: 'refuse-ended' },
  SUPPORTS: { none: 'empty', active: 'join', empty: 'empty', ended: 'refuse-ended' },
  MANDATORY: { none: 'refuse-missing', active: 'join', empty: 'refuse-missing', ended: 'refuse-ended' },
  NOT_SUPPORTED: { none: 'empty', active: 'empty', empty: 'empty', ended: 'empty' },
  NEVER: { none: 'empty', active: 'refuse-active', empty: 'empty', ended: 'empty' },
} as const satisfies Record<Propagation, Record<AmbientState, Behaviour>>
