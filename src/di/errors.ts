import { AmbitError, type CatalogueEntry, type ErrorText } from '../core/ambit-error'

/** Errors of the container: wrong declarations, a graph that cannot be built, and components that fail. */
export const DI_ERRORS = {
  AMBIT_DI_STANDARD_DECORATORS: {
    thrownAs: 'InvalidComponentError',
    meaning: 'A decorator was called the standard way; the build lacks `experimentalDecorators`.',
  },
  AMBIT_DI_DECORATOR: {
    thrownAs: 'InvalidComponentError',
    meaning: 'A decorator of the container stands in a place or has an option that it does not know.',
  },
  AMBIT_DI_PROVIDER: {
    thrownAs: 'InvalidProviderError',
    meaning: '`provide()` was called with something that is no token or no provider.',
  },
  AMBIT_DI_INVALID: {
    thrownAs: 'ContainerValidationError',
    meaning: 'The container cannot start; the error lists every problem of the graph.',
  },
  AMBIT_DI_DEPENDENCY_MISSING: {
    thrownAs: 'ContainerValidationError',
    meaning: 'A problem in the list: nothing is registered for a dependency.',
  },
  AMBIT_DI_DEPENDENCY_AMBIGUOUS: {
    thrownAs: 'ContainerValidationError',
    meaning: 'A problem in the list: several components fit a dependency and none of them is primary.',
  },
  AMBIT_DI_CYCLE: {
    thrownAs: 'ContainerValidationError',
    meaning: 'A problem in the list: components need each other in a circle.',
  },
  AMBIT_DI_SHORTER_LIVED: {
    thrownAs: 'ContainerValidationError',
    meaning: 'A problem in the list: a component would keep one that does not live as long as it does.',
  },
  AMBIT_DI_SCOPE_UNKNOWN: {
    thrownAs: 'ContainerValidationError',
    meaning: 'A problem in the list: nobody begins and ends the scope of a component.',
  },
  AMBIT_DI_SCOPE_NAME: {
    thrownAs: 'ContainerValidationError',
    meaning:
      'A problem in the list: the option `scopes` has something that is no name, or the name of a built-in scope.',
  },
  AMBIT_DI_PARAMETER: {
    thrownAs: 'ContainerValidationError',
    meaning: 'A problem in the list: the type of a parameter says nothing about what to inject.',
  },
  AMBIT_DI_METADATA: {
    thrownAs: 'ContainerValidationError',
    meaning: 'A problem in the list: the build emitted no parameter types and the class lists none itself.',
  },
  AMBIT_DI_DUPLICATE: {
    thrownAs: 'ContainerValidationError',
    meaning: 'A problem in the list: registrations for one token cannot be told apart, or share a name.',
  },
  AMBIT_DI_COLLECTION: {
    thrownAs: 'ContainerValidationError',
    meaning: 'A problem in the list: a list or map of components has too few of them, or two with one key.',
  },
  AMBIT_DI_CONDITION: {
    thrownAs: 'ContainerValidationError',
    meaning: 'A problem in the list: a condition threw, or cannot be decided.',
  },
  AMBIT_DI_PROFILE: {
    thrownAs: 'ContainerValidationError',
    meaning: 'A problem in the list: a profile that is active, or that a condition names, is no allowed one.',
  },
  AMBIT_DI_NOT_A_COMPONENT: {
    thrownAs: 'ContainerValidationError',
    meaning: 'A problem in the list: an entry of `components` is no decorated class.',
  },
  AMBIT_DI_NOT_A_PROVIDER: {
    thrownAs: 'ContainerValidationError',
    meaning: 'A problem in the list: an entry of `providers` was not made by `provide()`.',
  },
  AMBIT_DI_NOT_SUPPLIED: {
    thrownAs: 'ContainerValidationError',
    meaning: 'A problem in the list: a settings class is listed where no configuration binds it.',
  },
  AMBIT_DI_BEAN: {
    thrownAs: 'ContainerValidationError',
    meaning:
      'A problem in the list: a `@Bean` method has no usable token or stands outside a configuration, or a method is none.',
  },
  AMBIT_DI_OVERRIDE: {
    thrownAs: 'ContainerValidationError',
    meaning: 'A problem in the list: an override replaces nothing, or too much.',
  },
  AMBIT_DI_NOT_FOUND: {
    thrownAs: 'ComponentNotFoundError',
    meaning: 'The container was asked for something that nothing is registered for.',
  },
  AMBIT_DI_AMBIGUOUS: {
    thrownAs: 'AmbiguousComponentError',
    meaning: 'The container was asked for one component where several fit and none of them is primary.',
  },
  AMBIT_DI_NOT_READY: {
    thrownAs: 'ContainerStateError',
    meaning: 'The container was used while it is still being started.',
  },
  AMBIT_DI_SCOPE_INACTIVE: {
    thrownAs: 'ContainerStateError',
    meaning: 'A component that lives for a transaction, a request or another scope was asked for where none is active.',
  },
  AMBIT_DI_SCOPE_ENDED: {
    thrownAs: 'ContainerStateError',
    meaning: 'Work that outlived its block of `runInScope` asked for a component of it.',
  },
  AMBIT_DI_SCOPE_MIXED: {
    thrownAs: 'ContainerStateError',
    meaning: 'A component keeps something of another life of a scope than the one that the caller is in.',
  },
  AMBIT_DI_SCOPE_USE: {
    thrownAs: 'ContainerStateError',
    meaning: '`runInScope()` or `openScope()` was given a scope that has no blocks, or an id that is none.',
  },
  AMBIT_DI_SCOPE_UNFINISHED: {
    thrownAs: 'ContainerStateError',
    meaning:
      'Blocks of `runInScope` were still running at the deadline of the close; their components were disposed of.',
  },
  AMBIT_DI_ASYNC: {
    thrownAs: 'ContainerStateError',
    meaning: 'A component whose creation has something to wait for was asked for by `get()`.',
  },
  AMBIT_DI_CIRCLE: {
    thrownAs: 'ContainerStateError',
    meaning: 'Components that are being built asked for each other through handles.',
  },
  AMBIT_DI_CLOSED: {
    thrownAs: 'ContainerStateError',
    meaning: 'The container was asked for a component, or for a new block of a scope, at or after its close.',
  },
  AMBIT_DI_CLOSING: {
    thrownAs: 'ContainerStateError',
    meaning: 'A component waits for the container to close while the container waits for that component.',
  },
  AMBIT_DI_CREATION: {
    thrownAs: 'ComponentCreationError',
    meaning: 'A constructor, factory, post-processor or initialiser of a component failed.',
  },
  AMBIT_DI_DISPOSAL: {
    thrownAs: 'ComponentDisposalError',
    meaning: 'Components failed while they were disposed of; all others were disposed of nevertheless.',
  },
  AMBIT_DI_DISPOSAL_TIMEOUT: {
    thrownAs: 'DisposalTimeoutError',
    meaning: 'A disposal, or a creation that the close had to wait for, was not over at the deadline.',
  },
  AMBIT_DI_SCAN_FAILED: {
    thrownAs: 'ComponentScanError',
    meaning: 'Scanned files or folders could not be read or imported, or a scanner of your own failed.',
  },
  AMBIT_DI_SCAN_EMPTY: {
    thrownAs: 'ComponentScanError',
    meaning: 'A scan found no component.',
  },
} as const satisfies Record<`AMBIT_DI_${string}`, CatalogueEntry>

export type DiErrorCode = keyof typeof DI_ERRORS

/** A decorator of the container was used in a way that can never work. */
export class InvalidComponentError extends AmbitError<DiErrorCode> {}

/** `provide()` was called with arguments that can never work. */
export class InvalidProviderError extends AmbitError<DiErrorCode> {}

/** The container is not, or no longer, in a state that allows the call. */
export class ContainerStateError extends AmbitError<DiErrorCode> {}

/** One thing that keeps the container from starting. */
export interface ContainerProblem extends ErrorText {
  readonly code: DiErrorCode
  /** The component, bean or list entry concerned. */
  readonly component: string
  /** For a cycle: the components on it, the first one repeated at the end. */
  readonly path?: readonly string[]
  /** What was thrown, where something was. */
  readonly cause?: unknown
}

/** The container cannot start: `problems` lists everything that is wrong with the graph. */
export class ContainerValidationError extends AmbitError<DiErrorCode> {
  constructor(readonly problems: readonly ContainerProblem[]) {
    super(
      'AMBIT_DI_INVALID',
      {
        what: `The container cannot start: ${count(problems.length, 'problem')}.`,
        next: `Correct the following; nothing has been built yet.${problems.map(listed).join('')}`,
      },
      causesOf(problems),
    )
  }
}

/** Nothing is registered for what the container was asked for. */
export class ComponentNotFoundError extends AmbitError<DiErrorCode> {
  constructor(
    readonly token: string,
    /** Names of registered components that look like the one asked for. */
    readonly suggestions: readonly string[],
    /** Names of all registered components. */
    readonly registered: readonly string[],
    text: ErrorText,
  ) {
    super('AMBIT_DI_NOT_FOUND', text)
  }
}

/** Several components fit what the container was asked for. */
export class AmbiguousComponentError extends AmbitError<DiErrorCode> {
  constructor(
    readonly token: string,
    /** The components that fit, and where they come from. */
    readonly candidates: readonly string[],
  ) {
    super('AMBIT_DI_AMBIGUOUS', {
      what: `${token} is provided by ${count(candidates.length, 'component')}: ${some(candidates, ', ')}.`,
      where: `container.get(${token})`,
      next: 'Mark one with @Primary(), ask for one of them by its own class, name or qualifier, or take all with getAll().',
    })
  }
}

/** The step of a component's creation that failed. */
export type CreationStep =
  'constructor' | 'factory' | '@Bean method' | 'alias' | 'value' | 'post-processor' | 'initialiser'

/** Facts about a component that could not be created. */
export interface CreationFacts {
  readonly component: string
  readonly step: CreationStep
  /** Who needs the component, outermost first, the component itself last. */
  readonly path: readonly string[]
  /** Whether it was needed by the start, which is undone then. */
  readonly starting: boolean
  /** What failed while the components built before were disposed. */
  readonly disposalErrors: readonly unknown[]
}

/** A component could not be created; the original error is the `cause`. */
export class ComponentCreationError extends AmbitError<DiErrorCode> {
  readonly component: string
  readonly step: CreationStep
  readonly path: readonly string[]
  readonly disposalErrors: readonly unknown[]

  constructor(facts: CreationFacts, cause: unknown) {
    super('AMBIT_DI_CREATION', creationText(facts, cause), { cause })
    this.component = facts.component
    this.step = facts.step
    this.path = facts.path
    this.disposalErrors = facts.disposalErrors
  }
}

/** One component that failed while it was disposed. */
export interface DisposalFailure {
  readonly component: string
  readonly error: unknown
}

/** Components failed while they were disposed of; the originals are in `failures`, and in an AggregateError in `cause`. */
export class ComponentDisposalError extends AmbitError<DiErrorCode> {
  constructor(
    readonly failures: readonly DisposalFailure[],
    when = 'while the container was closed',
  ) {
    const names = [...new Set(failures.map(failure => failure.component))]
    super(
      'AMBIT_DI_DISPOSAL',
      {
        what: `${count(names.length, 'component')} failed ${when}: ${names.join(', ')}.`,
        next: 'See the cause; every other component has been disposed.',
      },
      { cause: aggregate(failures.map(failure => failure.error)) },
    )
  }
}

/** A component's disposal, or its creation, was not over at the deadline of the close, which went on without it. */
export class DisposalTimeoutError extends AmbitError<DiErrorCode> {
  constructor(
    readonly component: string,
    readonly timeoutMs: number,
  ) {
    super('AMBIT_DI_DISPOSAL_TIMEOUT', {
      what: `${component} was not done when the ${timeoutMs} ms of the close were over; the close went on without it.`,
      where: component,
      next: 'Bound what its disposal (or a creation still under way) waits for, or close with a longer timeout.',
    })
  }
}

/** One file or folder that a scan could not use. */
export interface ScanFailure {
  readonly file: string
  /** The scanner that failed, and at which export; absent where the file or folder itself did. */
  readonly scanner?: string
  readonly export?: string
  readonly error: unknown
}

/** A scan failed, or found nothing. */
export class ComponentScanError extends AmbitError<DiErrorCode> {
  constructor(
    code: 'AMBIT_DI_SCAN_FAILED' | 'AMBIT_DI_SCAN_EMPTY',
    text: ErrorText,
    readonly failures: readonly ScanFailure[] = [],
  ) {
    super(code, text, failures.length === 0 ? {} : { cause: aggregate(failures.map(failure => failure.error)) })
  }
}

export function count(n: number, noun: string): string {
  return n === 1 ? `1 ${noun}` : `${n} ${noun}s`
}

/** The first of many, and how many more there are. */
export function some(texts: readonly string[], separator: string): string {
  const rest = texts.length - SHOWN
  return `${texts.slice(0, SHOWN).join(separator)}${rest > 0 ? ` and ${rest} more` : ''}`
}

function aggregate(errors: readonly unknown[]): unknown {
  return errors.length === 1 ? errors[0] : new AggregateError(errors)
}

function causesOf(problems: readonly ContainerProblem[]): { readonly cause?: unknown } {
  const causes = problems.flatMap(problem => ('cause' in problem ? [problem.cause] : []))
  return causes.length === 0 ? {} : { cause: aggregate(causes) }
}

function listed(problem: ContainerProblem, index: number): string {
  return `\n  ${index + 1}. ${problem.what} [${problem.code}]\n     ${problem.next}`
}

function creationText({ component, step, path, starting, disposalErrors }: CreationFacts, cause: unknown): ErrorText {
  const kind = cause instanceof Error ? cause.name : 'a value that is no Error'
  const undone =
    disposalErrors.length === 0 ? '' : ` (${count(disposalErrors.length, 'error')} more while undoing the start)`
  return {
    what: `${component} could not be created: its ${step} threw ${kind}${undone}.`,
    where: path.length > 1 ? path.join(' -> ') : component,
    next: starting
      ? 'See the cause; the components built before have been disposed.'
      : 'See the cause; nothing of it is kept, and the next call builds it anew.',
  }
}

/** How much of a long list messages show. */
const SHOWN = 20
