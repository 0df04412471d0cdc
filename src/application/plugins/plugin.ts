import type { Class } from '../../core/metadata'
import type { EntityTarget } from '../../data-source/settings'
import type { ComponentPostProcessor, Provider } from '../../di'
import type { ExecutionListener } from '../../tx/execution-listener'
import type { Application } from '../application'
import { InvalidPluginError } from '../errors'
import { A_FUNCTION, AN_ARRAY, type OptionCheck, type OptionRefusal, refuseOptions } from '../../core/option-checks'

/** What a plugin adds to an application. */
export interface PluginDefinition {
  /** What other plugins and messages call it: the name of its package, say. */
  readonly name: string
  /** The names of plugins that must be there too, and start before this one. */
  readonly dependsOn?: readonly string[]
  /** Decorated classes. */
  readonly components?: readonly Class[]
  /** Made by `provide()`. */
  readonly providers?: readonly Provider[]
  /** Entities of every data source. */
  readonly entities?: readonly EntityTarget[]
  /** See every object that the container makes, before those of the application do. */
  readonly postProcessors?: readonly ComponentPostProcessor[]
  /** Are told every transactional step. */
  readonly listeners?: readonly ExecutionListener[]
  /** Awaited when every component is built, before `bootstrap()` answers. A failure undoes the start. */
  onStart?(app: Application): unknown
  /** Awaited when the application closes: its calls are over, its components are still there. */
  onClose?(app: Application): unknown
}

/** Something that adds itself to applications, made by {@link definePlugin}. */
export class Plugin {
  readonly name: string
  /** @internal */
  readonly definition: PluginDefinition

  /** @internal Use {@link definePlugin}. */
  constructor(definition: PluginDefinition) {
    this.name = definition.name
    this.definition = definition
    Object.freeze(this)
  }
}

/**
 * Makes a plugin: components, providers, entities, listeners and hooks that belong together, for `bootstrap({ plugins })`.
 * A package exports it, or a function of its options that makes one.
 *
 * @example
 * import { definePlugin, type Plugin, provide } from 'ambit'
 *
 * export function metrics(options: { prefix: string }): Plugin {
 *   return definePlugin({
 *     name: 'metrics',
 *     components: [Counters],
 *     providers: [provide(PREFIX, { useValue: options.prefix })],
 *     onClose: app => app.get(Counters).flush(),
 *   })
 * }
 *
 * @throws InvalidPluginError `AMBIT_PLUGIN_DEFINITION`
 */
export function definePlugin(definition: PluginDefinition): Plugin {
  const refusal = refusalOf(definition)
  if (refusal !== undefined) throw refusedDefinition(definition, refusal)
  return new Plugin(Object.freeze({ ...definition }))
}

function refusalOf(definition: unknown): OptionRefusal | undefined {
  const refusal = refuseOptions(definition, PARTS)
  if (refusal !== undefined) return refusal
  const { name } = definition as Partial<PluginDefinition> // it is an object
  return name === undefined
    ? { problem: 'has no name', next: "Give it one: definePlugin({ name: 'metrics' })." }
    : undefined
}

function refusedDefinition(definition: unknown, { problem, next }: OptionRefusal): InvalidPluginError {
  const { name } = Object(definition) as { readonly name?: unknown }
  const plugin = isName(name) ? `The plugin '${name}'` : 'A plugin'
  return new InvalidPluginError('AMBIT_PLUGIN_DEFINITION', {
    what: `${plugin} ${problem}.`,
    where: 'definePlugin()',
    next,
  })
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== ''
}

const PARTS = {
  name: { expected: 'a text', accepts: isName },
  dependsOn: { expected: 'an array of names', accepts: value => Array.isArray(value) && value.every(isName) },
  components: AN_ARRAY,
  providers: AN_ARRAY,
  entities: AN_ARRAY,
  postProcessors: AN_ARRAY,
  listeners: AN_ARRAY,
  onStart: A_FUNCTION,
  onClose: A_FUNCTION,
} as const satisfies Record<keyof PluginDefinition, OptionCheck>
