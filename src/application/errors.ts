import { AmbitError, type CatalogueEntry } from '../core/ambit-error'
import type { ComponentGraph } from './graph/component-graph'

/** Errors of starting and closing applications. */
export const APPLICATION_ERRORS = {
  AMBIT_BOOTSTRAP_OPTIONS: {
    thrownAs: 'InvalidBootstrapOptionsError',
    meaning: 'bootstrap() was given an unknown or contradictory option.',
  },
  AMBIT_BOOTSTRAP_INVALID: {
    thrownAs: 'StartUpError',
    meaning:
      'The application cannot start; the error lists every problem of its configuration, queries, boundaries and components; or, with `validateSql`, of its SQL.',
  },
  AMBIT_BOOTSTRAP_INITIALIZER: {
    thrownAs: 'InitializerError',
    meaning: 'A database initializer failed; nothing was started.',
  },
  AMBIT_APPLICATION_CLOSE: {
    thrownAs: 'ApplicationCloseError',
    meaning: 'Parts of an application could not be closed, or running work had to be rolled back; all else is closed.',
  },
  AMBIT_APPLICATION_INTROSPECTION: {
    thrownAs: 'InvalidIntrospectionOptionsError',
    meaning: 'A graph or a health report was asked for with options that do not exist, or have no such value.',
  },
  AMBIT_PLUGIN_DEFINITION: {
    thrownAs: 'InvalidPluginError',
    meaning: '`definePlugin()` was given something that is no plugin definition.',
  },
  AMBIT_PLUGIN_LIST: {
    thrownAs: 'InvalidPluginError',
    meaning: 'The plugins of an application do not fit together: one is there twice, is missing, or waits for itself.',
  },
  AMBIT_PLUGIN_HOOK: {
    thrownAs: 'PluginHookError',
    meaning: 'A hook of a plugin failed, or did not come to its end in time.',
  },
  AMBIT_HEALTH_CHECK: {
    thrownAs: 'InvalidHealthCheckError',
    meaning: 'A health check is declared in a way that can never work.',
  },
  AMBIT_HEALTH_TIMEOUT: {
    thrownAs: 'HealthCheckTimeoutError',
    meaning: 'A health check did not answer in time; the reason with which its signal is aborted.',
  },
} as const satisfies Record<`AMBIT_${'BOOTSTRAP' | 'APPLICATION' | 'PLUGIN' | 'HEALTH'}_${string}`, CatalogueEntry>

export type ApplicationErrorCode = keyof typeof APPLICATION_ERRORS

/** The options of `bootstrap()` are wrong. */
export class InvalidBootstrapOptionsError extends AmbitError<ApplicationErrorCode> {}

/** One thing that keeps an application from starting. Its other fields are those of the error or problem of that code. */
export interface StartUpProblem {
  /** A code of the area concerned: `AMBIT_QUERY_…`, `AMBIT_REPOSITORY_…`, `AMBIT_TX_…`, `AMBIT_DI_…`. */
  readonly code: string
  readonly message: string
  /** What was thrown, where something was. */
  readonly cause?: unknown
}

/** What start-up has looked at when it refuses: the declarations, or what their SQL is to the databases. */
export type StartUpCheck = 'declarations' | 'sql'

/** The application cannot start: `problems` lists everything that is wrong, of every area. Nothing was run or built. */
export class StartUpError extends AmbitError<ApplicationErrorCode> {
  declare readonly problems: readonly StartUpProblem[]
  /** The components as far as they are known, with what is missing or does not fit: to draw what is wrong. */
  declare readonly graph: ComponentGraph | undefined

  constructor(problems: readonly StartUpProblem[], graph?: ComponentGraph, check: StartUpCheck = 'declarations') {
    super(
      'AMBIT_BOOTSTRAP_INVALID',
      {
        what: `The application cannot start: ${problems.length === 1 ? '1 problem' : `${problems.length} problems`}.`,
        next: `Correct the following; ${HARMLESS[check]}, and nothing has been built.${problems.map(listed).join('')}`,
      },
      causesOf(problems),
    )
    // The message has them all: printed as a field too, each would be seen twice.
    Object.defineProperty(this, 'problems', { value: Object.freeze([...problems]), enumerable: false })
    Object.defineProperty(this, 'graph', { value: graph, enumerable: false })
  }
}

/** A database initializer failed. */
export class InitializerError extends AmbitError<ApplicationErrorCode> {}

/** A graph or a health report was asked for with wrong options. */
export class InvalidIntrospectionOptionsError extends AmbitError<ApplicationErrorCode> {}

/** A plugin, or a list of them, can never work. */
export class InvalidPluginError extends AmbitError<ApplicationErrorCode> {}

/** A hook of a plugin failed; the original error is the `cause`. */
export class PluginHookError extends AmbitError<ApplicationErrorCode> {
  constructor(
    readonly plugin: string,
    readonly hook: 'onStart' | 'onClose',
    facts: { readonly what: string; readonly next: string },
    options: { readonly cause?: unknown },
  ) {
    super('AMBIT_PLUGIN_HOOK', { ...facts, where: `plugin '${plugin}', ${hook}` }, options)
  }
}

/** A health check is declared in a way that can never work. */
export class InvalidHealthCheckError extends AmbitError<ApplicationErrorCode> {}

/** A health check did not answer in time. */
export class HealthCheckTimeoutError extends AmbitError<ApplicationErrorCode> {
  constructor(
    readonly check: string,
    readonly timeoutMs: number,
  ) {
    super('AMBIT_HEALTH_TIMEOUT', {
      what: `The health check '${check}' did not answer within ${timeoutMs} ms.`,
      where: 'app.health()',
      next: 'Have it end when its signal is aborted; give it more time with timeoutMs where it really needs it.',
    })
  }
}

/** What failed while an application closed. */
export class ApplicationCloseError extends AmbitError<ApplicationErrorCode> {
  constructor(
    name: string,
    readonly failures: readonly unknown[],
  ) {
    super(
      'AMBIT_APPLICATION_CLOSE',
      {
        what: `${failures.length === 1 ? 'One thing' : `${failures.length} things`} went wrong while the application '${name}' was closing.`,
        where: 'app.close()',
        next: 'See failures; everything else is closed.',
      },
      { cause: failures[0] },
    )
  }
}

const HARMLESS = {
  declarations: 'no SQL was sent',
  sql: 'the databases have prepared the SQL and run none of it',
} as const satisfies Record<StartUpCheck, string>

function listed({ message }: StartUpProblem, index: number): string {
  return `\n  ${index + 1}. ${message.replaceAll('\n', '\n   ')}`
}

function causesOf(problems: readonly StartUpProblem[]): { readonly cause?: unknown } {
  const causes = problems.flatMap(problem => (problem.cause === undefined ? [] : [problem.cause]))
  return causes.length === 0 ? {} : { cause: causes.length === 1 ? causes[0] : new AggregateError(causes) }
}
