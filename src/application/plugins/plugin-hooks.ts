import { NoApplicationError } from '../../core/applications'
import { Deadline } from '../../core/deadline'
import type { Logger } from '../../core/logger'
import { type Application, CLOSE_BEGUN } from '../application'
import { PluginHookError } from '../errors'
import type { Plugin } from './plugin'

/** Starts the plugins of an application one after the other, and closes those that were started, in reverse. */
export class PluginHooks {
  readonly #plugins: readonly Plugin[]
  readonly #logger: Logger
  readonly #started: Plugin[] = []

  constructor(plugins: readonly Plugin[], logger: Logger) {
    this.#plugins = plugins
    this.#logger = logger
  }

  /**
   * Runs every `onStart`. If one fails, or closes the application, none behind it starts, and those before it are closed.
   *
   * @throws PluginHookError `AMBIT_PLUGIN_HOOK`; NoApplicationError `AMBIT_APP_CLOSED`
   */
  async start(app: Application, timeoutMs: number): Promise<void> {
    for (const plugin of this.#plugins) {
      try {
        await this.#start(plugin, app)
        if (app[CLOSE_BEGUN]() !== undefined) throw closedMeanwhile(app)
      } catch (error) {
        await this.#undo(app, timeoutMs)
        throw error
      }
    }
  }

  async #start(plugin: Plugin, app: Application): Promise<void> {
    try {
      await plugin.definition.onStart?.(app)
    } catch (error) {
      throw failed(plugin, 'onStart', error)
    }
    this.#started.push(plugin)
  }

  /** A close that is under way has its turn first: it waits for what still runs. */
  async #undo(app: Application, timeoutMs: number): Promise<void> {
    await app[CLOSE_BEGUN]()?.catch(() => undefined) // its caller hears of it
    for (const failure of await this.close(app, timeoutMs)) {
      this.#logger.error('A plugin failed to close after the start had failed.', failure)
    }
  }

  /** Runs every `onClose`, the last started first; skips none, waits for none without end. Answers the failures. */
  async close(app: Application, timeoutMs: number): Promise<readonly PluginHookError[]> {
    const failures: PluginHookError[] = []
    for (let plugin = this.#started.pop(); plugin !== undefined; plugin = this.#started.pop()) {
      try {
        if (!(await new Deadline(timeoutMs).meets(closed(plugin, app)))) failures.push(late(plugin, timeoutMs))
      } catch (error) {
        failures.push(failed(plugin, 'onClose', error))
      }
    }
    return failures
  }
}

async function closed({ definition }: Plugin, app: Application): Promise<void> {
  await definition.onClose?.(app)
}

function failed({ name }: Plugin, hook: 'onStart' | 'onClose', cause: unknown): PluginHookError {
  const kind = cause instanceof Error ? cause.name : 'a value that is no Error'
  const next =
    hook === 'onStart'
      ? 'See the cause; nothing was started, and what had been built is closed again.'
      : 'See the cause.'
  return new PluginHookError(
    name,
    hook,
    { what: `The plugin '${name}' failed: its ${hook} threw ${kind}.`, next },
    { cause },
  )
}

function closedMeanwhile({ name }: Application): NoApplicationError {
  return new NoApplicationError('AMBIT_APP_CLOSED', {
    what: `The application '${name}' was closed before it had started.`,
    where: 'bootstrap()',
    next: 'Close it when bootstrap() has answered; to keep it from starting, have onStart throw.',
  })
}

function late({ name }: Plugin, timeoutMs: number): PluginHookError {
  const what = `The plugin '${name}' was not waited for any longer: its onClose took more than ${timeoutMs} ms.`
  return new PluginHookError(name, 'onClose', { what, next: 'Have it end sooner, or raise closeTimeoutMs.' }, {})
}
