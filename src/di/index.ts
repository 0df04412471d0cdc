export { type BeanOptions } from './bean'
export {
  type ComponentDefinition,
  type ComponentOptions,
  componentRecord,
  type ComponentRecord,
  registerComponent,
} from './component'
export { Container, type ContainerOptions } from './container'
export { Bean, type BeanDecorator } from './decorators/bean.decorator'
export { Component, Configuration, Service } from './decorators/component.decorator'
export { refuseStandardDecorator } from './decorators/decorator-use'
export { Inject, type InjectionDecorator, Optional } from './decorators/inject.decorator'
export { type HookDecorator, PostConstruct, PreDestroy } from './decorators/lifecycle.decorator'
export { Primary, type PrimaryDecorator } from './decorators/primary.decorator'
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
  InvalidComponentError,
  InvalidProviderError,
  type ScanFailure,
} from './errors'
export { type Injected, type InjectedList, type Injection, type OptionalInjection } from './injection'
export { type Lazy, lazy, LazyInjection } from './lazy'
export { type Override } from './overrides'
export { type PlanOptions } from './plan'
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
export { DEFAULT_SUFFIXES, scanComponents, type ScannedFile, type ScanOptions, type ScanReport } from './scan'
export { type Importer } from './scan/import-file'
export { type ListFiles, type SkipReason } from './scan/scan-files'
export { type Scope, type ScopeLife, type ScopeSource, type ScopeSources } from './scope'
export { InjectionToken, type Token, tokenName, type TokenSource } from './token'
