import type { Registration } from './registration'

/** How long an instance lives. */
export const SCOPES = ['singleton'] as const
export type Scope = (typeof SCOPES)[number]

export function isScope(value: unknown): value is Scope {
  return (SCOPES as readonly unknown[]).includes(value)
}

/** An instance in a box, which tells "built, and it is undefined" from "not built". */
export interface Slot {
  readonly instance: unknown
}

/** Where the instances of a scope are kept. A new scope is a new row in {@link createScopes}. */
export interface ScopeStrategy {
  /** Whether the container builds the scope's components while it starts. */
  readonly eager: boolean
  read(registration: Registration): Slot | undefined
  write(registration: Registration, instance: unknown): void
  clear(): void
}

export type Scopes = Readonly<Record<Scope, ScopeStrategy>>

/** The scopes of one container. */
export function createScopes(): Scopes {
  return { singleton: singletonScope() } satisfies Record<Scope, ScopeStrategy>
}

function singletonScope(): ScopeStrategy {
  const slots = new Map<Registration, Slot>()
  return {
    eager: true,
    read: registration => slots.get(registration),
    write: (registration, instance) => {
      slots.set(registration, { instance })
    },
    clear: () => {
      slots.clear()
    },
  }
}
