import { type ApplicationContext, resolveApplication, runInApplication } from '../core/applications'
import type { Logger } from '../core/logger'
import type { Class } from '../core/metadata'
import {
  ApplicationConfiguration,
  ConfigurationChangedEvent,
  type ConfigurationInput,
  ConfigurationListenerError,
  type ConfigurationProblem,
  configurationProviders,
  forgottenSettings,
  isSettingsClass,
  openConfiguration,
  prefixesOf,
} from '../config'
import { Container, type PlanOptions, type Provider } from '../di'
import { EventPublisher } from '../events/event-publisher'

/** A start with its configuration: what it is planned from, and what is wrong. */
export interface Configured {
  /** With settings classes bound, and with what conditions may ask. */
  readonly plan: PlanOptions
  readonly configuration: ApplicationConfiguration
  /** What every application can inject of its configuration. */
  readonly providers: readonly Provider[]
  /** Settings classes that are not bound: overrides replace them, or conditions leave them out. */
  readonly unbound: ReadonlySet<unknown>
  readonly problems: readonly ConfigurationProblem[]
}

/** Reads the sources, lets conditions look at them, and binds the settings classes that are left; builds nothing. */
export async function configured(declared: PlanOptions, config: ConfigurationInput = []): Promise<Configured> {
  const { components = [], providers = [] } = declared
  const settings = [...new Set(components.filter(isSettings))] // a plugin may list what the application does
  const draft = await openConfiguration(config, settings)
  const bound: { configuration?: ApplicationConfiguration } = {}
  const supplied = new Map(settings.map(target => [target, () => bound.configuration?.settings(target)]))
  const asked = { ...declared, supplied, properties: (key: string) => draft.get(key) }
  const { present, unbound } = standing(settings, asked)
  const loaded = await draft.bind(unbound)
  const configuration = (bound.configuration = new ApplicationConfiguration(loaded))
  const own = configurationProviders(configuration, present)
  const plan = { ...asked, providers: [...own, ...providers] }
  return {
    plan,
    configuration,
    providers: own,
    unbound,
    problems: [...forgottenSettings(components), ...loaded.problems],
  }
}

/** Which settings classes are registered, and which of all are not bound. */
function standing(
  settings: readonly Class[],
  plan: PlanOptions,
): { readonly present: readonly Class[]; readonly unbound: ReadonlySet<unknown> } {
  if (settings.length === 0) return { present: [], unbound: new Set() }
  const { registrations } = Container.outline(plan)
  const present = settings.filter(target => registrations.some(({ token }) => token === target))
  const kept = registrations.filter(({ overridden }) => !overridden).map(({ token }) => token)
  return { present, unbound: new Set(settings.filter(target => !kept.includes(target))) }
}

function isSettings(component: unknown): component is Class {
  return typeof component === 'function' && isSettingsClass(component as Class) // only classes are decorated
}

/** Reads the sources of a running application anew. */
export class ConfigurationRefresh {
  readonly #configured: Configured
  readonly #context: ApplicationContext
  readonly #container: Container
  readonly #logger: Logger
  readonly #onError: ((error: Error) => void) | undefined

  constructor(parts: {
    readonly configured: Configured
    readonly context: ApplicationContext
    readonly container: Container
    readonly logger: Logger
    readonly onError: ((error: Error) => void) | undefined
  }) {
    this.#configured = parts.configured
    this.#context = parts.context
    this.#container = parts.container
    this.#logger = parts.logger
    this.#onError = parts.onError
  }

  /** What the application is configured with now. */
  get configuration(): ApplicationConfiguration {
    return this.#configured.configuration
  }

  /** Answers the first parts of the keys that changed, and publishes one event where there are any. */
  async run(): Promise<readonly string[]> {
    this.#refuseClosed()
    const { configuration, unbound } = this.#configured
    const keys = await configuration.refresh(unbound)
    if (keys.length > 0 && this.#context.open) await this.#publish(new ConfigurationChangedEvent(keys))
    return prefixesOf(keys)
  }

  #refuseClosed(): void {
    runInApplication(this.#context, () => resolveApplication())
  }

  /** The new values are in place: a listener that fails is no failure of the refresh. */
  async #publish(event: ConfigurationChangedEvent): Promise<void> {
    try {
      await runInApplication(this.#context, () => this.#container.get(EventPublisher).publish(event))
    } catch (cause) {
      const error = new ConfigurationListenerError(cause)
      this.#logger.error(error.message, cause)
      this.#tell(error)
    }
  }

  #tell(error: Error): void {
    try {
      this.#onError?.(error)
    } catch (failure) {
      this.#logger.error('onError itself failed when it was told of a listener of ConfigurationChangedEvent.', failure)
    }
  }
}
