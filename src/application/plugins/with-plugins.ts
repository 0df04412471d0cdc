import type { BootstrapOptions } from '../options'
import type { Plugin, PluginDefinition } from './plugin'

/**
 * The options with what the plugins add. Components and providers of the application itself come first, so that messages
 * count its lists as it has written them.
 */
export function withPlugins(options: BootstrapOptions, plugins: readonly Plugin[]): BootstrapOptions {
  const added = plugins.map(({ definition }) => definition)
  const all = <K extends ListedPart>(part: K): Entry<K>[] =>
    added.flatMap(definition => (definition[part] ?? []) as readonly Entry<K>[]) // each part is a list of its own kind
  return {
    ...options,
    components: [...(options.components ?? []), ...all('components')],
    providers: [...(options.providers ?? []), ...all('providers')],
    entities: [...new Set([...all('entities'), ...(options.entities ?? [])])],
    postProcessors: [...all('postProcessors'), ...(options.postProcessors ?? [])],
    listeners: [...all('listeners'), ...(options.listeners ?? [])],
  }
}

/** Which plugin each component and provider comes from; what the application lists itself is its own. */
export function contributions(options: BootstrapOptions, plugins: readonly Plugin[]): ReadonlyMap<unknown, string> {
  const own = new Set<unknown>([...(options.components ?? []), ...(options.providers ?? [])])
  const origins = new Map<unknown, string>()
  for (const { name, definition } of plugins) {
    for (const entry of [...(definition.components ?? []), ...(definition.providers ?? [])]) {
      if (!own.has(entry) && !origins.has(entry)) origins.set(entry, `the plugin '${name}'`)
    }
  }
  return origins
}

type ListedPart = 'components' | 'providers' | 'entities' | 'postProcessors' | 'listeners'
type Entry<K extends ListedPart> = NonNullable<PluginDefinition[K]>[number]
