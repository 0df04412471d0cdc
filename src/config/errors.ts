import { AmbitError, type CatalogueEntry, type ErrorText } from '../core/ambit-error'

/** Errors of the configuration: wrong declarations, sources that cannot be read, and values that do not fit. */
export const CONFIG_ERRORS = {
  AMBIT_CONFIG_DECORATOR: {
    thrownAs: 'InvalidSettingsError',
    meaning: '`@Settings()` or `@Setting()` stands in a place or has an option that it does not know.',
  },
  AMBIT_CONFIG_SOURCES: {
    thrownAs: 'InvalidSettingsError',
    meaning: 'A source, or the list of sources, was described in a way that can never work.',
  },
  AMBIT_CONFIG_INVALID: {
    thrownAs: 'InvalidConfigurationError',
    meaning: 'The configuration cannot be used; the error lists every problem of all sources and settings.',
  },
  AMBIT_CONFIG_SOURCE: {
    thrownAs: 'InvalidConfigurationError',
    meaning: 'A problem in the list: a source is missing, cannot be read, or holds what is no configuration.',
  },
  AMBIT_CONFIG_DECLARATION: {
    thrownAs: 'InvalidConfigurationError',
    meaning: 'A problem in the list: a settings class does not say enough, or cannot be made.',
  },
  AMBIT_CONFIG_MISSING: {
    thrownAs: 'InvalidConfigurationError',
    meaning: 'A problem in the list: no source has a value that is required.',
  },
  AMBIT_CONFIG_VALUE: {
    thrownAs: 'InvalidConfigurationError',
    meaning: 'A problem in the list: a value is not of the kind that a setting takes.',
  },
  AMBIT_CONFIG_REFUSED: {
    thrownAs: 'InvalidConfigurationError',
    meaning: 'A problem in the list: a schema refused a value.',
  },
  AMBIT_CONFIG_UNKNOWN: {
    thrownAs: 'InvalidConfigurationError',
    meaning: 'A problem in the list: a key that no settings class knows stands below the prefix of one.',
  },
  AMBIT_CONFIG_INTERPOLATION: {
    thrownAs: 'InvalidConfigurationError',
    meaning: 'A problem in the list: `${…}` names what is not there, is malformed, or leads back to itself.',
  },
  AMBIT_CONFIG_VARIABLE: {
    thrownAs: 'InvalidConfigurationError',
    meaning: 'A problem in the list: an environment variable can mean several settings, or contradicts another.',
  },
  AMBIT_CONFIG_NOT_BOUND: {
    thrownAs: 'SettingsNotBoundError',
    meaning: 'A configuration was asked for settings that it was not loaded with.',
  },
  AMBIT_CONFIG_LISTENER: {
    thrownAs: 'ConfigurationListenerError',
    meaning: 'A listener failed when it was told of a changed configuration; the change stays.',
  },
} as const satisfies Record<`AMBIT_CONFIG_${string}`, CatalogueEntry>

export type ConfigErrorCode = keyof typeof CONFIG_ERRORS

/** A decorator or a source of the configuration was written in a way that can never work. */
export class InvalidSettingsError extends AmbitError<ConfigErrorCode> {}

/** A configuration was asked for settings that it does not bind. */
export class SettingsNotBoundError extends AmbitError<ConfigErrorCode> {}

/** A listener of `ConfigurationChangedEvent` failed; what it threw is the `cause`. */
export class ConfigurationListenerError extends AmbitError<ConfigErrorCode> {
  constructor(cause: unknown) {
    super(
      'AMBIT_CONFIG_LISTENER',
      {
        what: 'A listener of ConfigurationChangedEvent failed; the new values are in place nevertheless.',
        where: 'app.refreshConfig()',
        next: 'See the cause. Listeners behind it have not been told.',
      },
      { cause },
    )
  }
}

/** One thing that is wrong with a configuration. */
export interface ConfigurationProblem extends ErrorText {
  readonly code: ConfigErrorCode
  /** The key concerned: `'mail.servers[0].port'`; empty where it is no key's. */
  readonly path: string
  /** Where the value was written: `'app.yaml, line 3'`, `'environment variable APP_MAIL_PORT'`. */
  readonly source: string | undefined
}

/** The configuration cannot be used: `problems` lists everything that is wrong with it. No value is shown. */
export class InvalidConfigurationError extends AmbitError<ConfigErrorCode> {
  declare readonly problems: readonly ConfigurationProblem[]

  constructor(problems: readonly ConfigurationProblem[], next = 'Correct the following.') {
    super('AMBIT_CONFIG_INVALID', {
      what: `The configuration is wrong: ${problems.length === 1 ? '1 problem' : `${problems.length} problems`}.`,
      next: `${next}${problems.map(listed).join('')}`,
    })
    // The message has them all: printed as a field too, each would be seen twice.
    Object.defineProperty(this, 'problems', { value: Object.freeze([...problems]), enumerable: false })
  }
}

function listed({ what, code, where, next }: ConfigurationProblem, index: number): string {
  const place = where === undefined ? '' : `\n     where: ${where}`
  return `\n  ${index + 1}. ${what} [${code}]${place}\n     next:  ${next}`
}
