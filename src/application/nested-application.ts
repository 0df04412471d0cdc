import type { ApplicationContext } from '../core/applications'
import { runInApplication } from '../core/applications'
import { askedHere } from '../core/promise-like'
import type { Container, Override, Registration, Scope, Wanted } from '../di'
import { EventPublisher, runWithPublisher } from '../events/event-publisher'
import type { PostedEvents } from '../events/posted-events'
import { Interceptors, runWithInterceptors } from '../interception/interceptors'
import type { ComponentGraph } from './graph/component-graph'
import { drawGraph, type GraphSource } from './graph/draw-graph'

/** What a nested application shares with the one around it. */
export interface NestedParts {
  readonly context: ApplicationContext
  readonly container: Container
  readonly graph: Omit<GraphSource, 'wiring'>
  readonly posted: PostedEvents
  readonly closeTimeoutMs: number
}

/**
 * An application in which some components are replaced, for a test: made by `app.withOverrides()`, and over with it. It works
 * on the data sources of the application around it, in whose name its transactions run.
 */
export class NestedApplication {
  readonly #parts: NestedParts
  readonly #interceptors: Interceptors

  /** @internal Use `app.withOverrides()`. */
  constructor(parts: NestedParts) {
    this.#parts = parts
    this.#interceptors = new Interceptors(parts.container)
  }

  get name(): string {
    return this.#parts.context.name
  }

  /** Everything that its container holds; what was replaced says so. */
  get registrations(): readonly Registration[] {
    return this.#parts.container.registrations
  }

  /** As `app.get()`: the replacement, what was built anew around it, or the component of the application around. */
  get<T>(token: Wanted<T>): T {
    return this.#parts.container.get(token)
  }

  /** As `app.resolve()`. */
  resolve<T>(token: Wanted<T>): Promise<T> {
    return this.#parts.container.resolve(token)
  }

  /** As `app.getAll()`. */
  getAll<T>(token: Wanted<T>): readonly T[] {
    return this.#parts.container.getAll(token)
  }

  /** As `app.runInScope()`: the lives are those of the application around, which has components of its own in them. */
  runInScope<T>(scope: Scope, fn: () => T | PromiseLike<T>): Promise<T>
  runInScope<T>(scope: Scope, id: string | number | undefined, fn: () => T | PromiseLike<T>): Promise<T>
  runInScope<T>(scope: Scope, ...rest: readonly unknown[]): Promise<T> {
    const work = rest as [id: undefined, fn: () => T] // as declared above, which the container checks
    return this.run(() => this.#parts.container.runInScope(scope, ...work))
  }

  /** As `app.run()`. */
  run<T>(fn: () => T): T {
    const { context, container } = this.#parts
    const publishing = (): T => runWithPublisher(context, container.get(EventPublisher), fn)
    return runInApplication(context, () => runWithInterceptors(context, this.#interceptors, publishing))
  }

  /** As `app.graph()`. */
  graph(): ComponentGraph {
    return drawGraph({ ...this.#parts.graph, wiring: this.#parts.container.wiring })
  }

  /** Replaces further components, inside this one. */
  withOverrides<T>(overrides: readonly Override[], fn: (app: NestedApplication) => T): Promise<Awaited<T>> {
    return runNested(this.#parts, overrides, fn)
  }
}

/** Runs `fn` with an application whose container is nested in the one of `outer`. */
export function runNested<T>(
  outer: NestedParts,
  overrides: readonly Override[],
  fn: (app: NestedApplication) => T,
): Promise<Awaited<T>> {
  return runInApplication(outer.context, () =>
    outer.container.withOverrides(overrides, async container => {
      const app = new NestedApplication({ ...outer, container })
      try {
        return (await app.run(() => askedHere(fn(app)))) as Awaited<T>
      } finally {
        // What was posted inside is for components that end here.
        await outer.posted.settled(outer.closeTimeoutMs)
      }
    }),
  )
}
