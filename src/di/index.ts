export { type BeanOptions } from './bean'
export {
  type ComponentDefinition,
  type ComponentOptions,
  componentRecord,
  type ComponentRecord,
  registerComponent,
} from './component'
export { all, CollectionInjection, type CollectionOptions, mapOf, type MapOptions } from './injection/collection'
export { type Condition, type ConditionContext, type ConditionDecorator, type Conditions } from './conditions/condition'
export { type ConditionOutcome } from './conditions/outcome'
export { type ConditionPredicate } from './conditions/predicate'
export { type PropertyConditionOptions, type PropertyValue } from './conditions/property'
export { ConditionDecisions, type ConditionOptions } from './conditions/surroundings'
export { type CloseOptions, Container, type ContainerOptions, type ContainerOutline } from './container'
export { Bean, type BeanDecorator } from './decorators/bean.decorator'
export { Component, Configuration, Service } from './decorators/component.decorator'
export {
  Conditional,
  ConditionalOnEnv,
  ConditionalOnMissing,
  ConditionalOnProperty,
  type EnvironmentConditionOptions,
  type MissingConditionOptions,
  Profile,
} from './decorators/conditional.decorator'
export { refuseMember, refuseStandardDecorator } from './decorators/decorator-use'
export {
  Inject,
  InjectAll,
  type InjectionDecorator,
  InjectMap,
  type InjectOptions,
  Optional,
} from './decorators/inject.decorator'
export { type HookDecorator, PostConstruct, PreDestroy } from './decorators/lifecycle.decorator'
export { Order } from './decorators/order.decorator'
export { Primary, type PrimaryDecorator } from './decorators/primary.decorator'
export { Qualifier, type QualifierDecorator } from './decorators/qualifier.decorator'
export {
  AmbiguousComponentError,
  ComponentCreationError,
  ComponentDisposalError,
  ComponentNotFoundError,
  ComponentScanError,
  type ContainerProblem,
  ContainerStateError,
  ContainerValidationError,
  type CreationFacts,
  type CreationStep,
  DI_ERRORS,
  type DiErrorCode,
  type DisposalFailure,
  DisposalTimeoutError,
  InvalidComponentError,
  InvalidProviderError,
  type ScanFailure,
} from './errors'
export {
  type HandleInjection,
  type Injected,
  type InjectedList,
  type Injection,
  type InjectionSource,
  type OptionalInjection,
} from './injection/injection'
export { type Lazy, lazy, LazyInjection, type Supplier, supplier, SupplierInjection } from './injection/lazy'
export { type OpenScope } from './lifecycle/open-scope'
export { type ResolutionObserver } from './observer'
export { type Override } from './planning/overrides'
export { type PlanOptions } from './planning/plan'
export { type ComponentPostProcessor } from './post-processor'
export {
  type AliasProvider,
  type ClassProvider,
  type FactoryProvider,
  provide,
  type Provider,
  type ProviderSpec,
  type ValueProvider,
} from './provider'
export { type Dependency, type Registration, type RegistrationKind } from './registration'
export { named, qualified, Selector, type Wanted } from './injection/selector'
export { type StandingOptions } from './injection/standing'
export type { CustomScanner, Registered, ScannerAnswer, ScannerExport, ScannerFinding } from './scan/custom-scanner'
export { DEFAULT_SUFFIXES, scanComponents, type ScannedFile, type ScanOptions, type ScanReport } from './scan'
export { type Importer } from './scan/import-file'
export { type ListFiles, type SkipReason } from './scan/scan-files'
export {
  type BuiltInScope,
  type EndOfLife,
  type Scope,
  type ScopeLife,
  type ScopeSource,
  type ScopeSources,
} from './scope'
export { type ContainerStats } from './stats'
export { InjectionToken, type Token, tokenName, type TokenSource } from './token'
export { type WiredDependency, type Wiring, type WiringFault } from './planning/wiring'
