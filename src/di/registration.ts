import type { Class } from '../core/metadata'
import type { Construct } from './construct'
import type { Scope } from './scope'
import type { Token } from './token'

/** How a registered component comes to be. */
export type RegistrationKind = 'class' | 'bean' | 'value' | 'factory' | 'alias'

/** Something that a component needs before it can be built. */
export interface Dependency {
  readonly token: Token
  /** Whether `undefined` is passed where nothing is registered. */
  readonly optional: boolean
  /** Whether a `Lazy` handle is passed in place of the component. */
  readonly lazy: boolean
  /** Where the dependency is written: `'parameter 1'`. */
  readonly site: string
}

/** One registered component, as reports and post-processors see it. Frozen. */
export interface Registration<T = unknown> {
  /** What the component is asked for by. */
  readonly token: Token<T>
  /** The token's name. */
  readonly name: string
  /** Where the registration comes from: `'UserService (@Service)'`, `'Mail.transport (@Bean)'`. */
  readonly origin: string
  readonly kind: RegistrationKind
  /** `'component'`, `'service'`, `'repository'`, …; `'bean'` and `'provider'` for what is no decorated class. */
  readonly stereotype: string
  readonly scope: Scope
  readonly primary: boolean
  /** The class that is instantiated, where the container knows it. */
  readonly implementation: Class<T> | undefined
  readonly dependencies: readonly Dependency[]
  /** Whether an override took the place of what was registered. */
  readonly overridden: boolean
}

/** A registration with what is needed to build it. */
export interface Blueprint extends Registration {
  /** Whether the container initialises and disposes what `create` returns. */
  readonly owned: boolean
  /** Whether a promise that `create` returns is awaited. */
  readonly awaited: boolean
  /** For an alias: the token that it stands for. */
  readonly aliasOf: Token | undefined
  /** Replaces the disposal symbols of the instance. */
  readonly close: ((instance: never) => unknown) | undefined
  readonly create: Recipe
}

/** Makes an instance of dependencies that are all built. */
export type Recipe = (dependencies: readonly unknown[], construct: Construct) => unknown
