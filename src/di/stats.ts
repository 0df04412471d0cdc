/** What a container has done so far, in numbers. */
export interface ContainerStats {
  /** Since the start began, in milliseconds. */
  readonly uptimeMs: number
  /** How many registrations there are, without the container itself. */
  readonly registered: number
  /** How often somebody asked for a component and got it: `get`, `resolve`, `getAll`, and handles. */
  readonly resolves: number
  /** How many of these were there already. */
  readonly hits: number
  /** How many components have been made, those of the start and the needs of others included. */
  readonly builds: number
  /**
   * How many lives of each scope are under way; of `'transaction'` those that have components.
   */
  readonly lives: Readonly<Record<string, number>>
}
