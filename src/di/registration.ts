import type { Class } from '../core/metadata'
import type { Construct } from './construct'
import type { CollectionRequest } from './injection/collection'
import type { ConditionRule } from './conditions/condition'
import type { Qualifier } from './injection/qualifier'
import type { Scope } from './scope'
import type { Choice } from './injection/selector'
import type { Token } from './token'

/** How a registered component comes to be. */
export type RegistrationKind = 'class' | 'bean' | 'value' | 'factory' | 'alias'

/** Something that a component needs before it can be built. */
export interface Dependency {
  readonly token: Token
  /** Whether `undefined` is passed where nothing is registered. */
  readonly optional: boolean
  /** Whether a handle is passed in place of the component: a `Lazy`, or a `Supplier`. */
  readonly lazy: boolean
  /** Whether the handle is a `Supplier`. */
  readonly supplied?: boolean
  /** Where the dependency is written: `'parameter 1'`. */
  readonly site: string
  /** Which of those that fit is meant; absent where any is. */
  readonly choice?: Choice
  /** For all that fit, as a list or a map; absent for a single one. */
  readonly collection?: CollectionRequest
}

/** One registered component, as reports and post-processors see it. Frozen. */
export interface Registration<T = unknown> {
  /** What the component is asked for by. */
  readonly token: Token<T>
  /** The token's name; for a bean or provider with a name of its own both: `"Mailer 'smtp'"`. */
  readonly name: string
  /** What `named()` and `@InjectMap()` know it by: its declared name, else that of its class, method or token. */
  readonly componentName: string
  readonly qualifiers: readonly Qualifier[]
  /** The place in lists: lower ones first, those without one behind. */
  readonly order: number | undefined
  /** Where the registration comes from: `'UserService (@Service)'`, `'Mail.transport (@Bean)'`. */
  readonly origin: string
  readonly kind: RegistrationKind
  /** `'component'`, `'service'`, `'repository'`, …; `'bean'` and `'provider'` for what is no decorated class. */
  readonly stereotype: string
  readonly scope: Scope
  /** Whether a singleton is built when it is first needed, not at the start. */
  readonly lazy: boolean
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
  /** Whether `componentName` was declared. */
  readonly named: boolean
  /** The key in maps by class. */
  readonly mapClass: Class | undefined
  /** All must hold, or it is not registered. */
  readonly conditions: readonly ConditionRule[]
  /** For a bean: the configuration that it stands and falls with. */
  readonly configuration: Class | undefined
  /** Replaces the disposal symbols of the instance. */
  readonly close: ((instance: never) => unknown) | undefined
  readonly create: Recipe
}

/** Makes an instance of dependencies that are all built. */
export type Recipe = (dependencies: readonly unknown[], construct: Construct) => unknown
