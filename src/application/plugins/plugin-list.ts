import { didYouMean } from '../../core/near-misses'
import { count } from '../../di/errors'
import { knots, shortestCycle } from '../../di/planning/topology'
import { InvalidPluginError } from '../errors'
import { Plugin } from './plugin'

/**
 * The plugins of an application, each behind those that it depends on, otherwise as they were listed.
 *
 * @throws InvalidPluginError `AMBIT_PLUGIN_LIST` with everything that does not fit
 */
export function orderPlugins(listed: readonly unknown[]): readonly Plugin[] {
  const plugins = listed.filter(each => each instanceof Plugin)
  const byName = new Map(plugins.map(plugin => [plugin.name, plugin]))
  const needs = (plugin: Plugin): readonly Plugin[] =>
    (plugin.definition.dependsOn ?? []).flatMap(name => byName.get(name) ?? [])
  const ordered = knots({ nodes: plugins, needs })
  const problems = [
    ...listed.flatMap((each, at) => (each instanceof Plugin ? [] : [noPlugin(each, at)])),
    ...twice(plugins),
    ...plugins.flatMap(plugin => missing(plugin, byName)),
    ...ordered.flatMap(knot => circle(knot, needs)),
  ]
  if (problems.length > 0) throw refusedList(problems)
  return ordered.flat()
}

interface ListProblem {
  readonly what: string
  readonly next: string
}

function noPlugin(entry: unknown, at: number): ListProblem {
  const what = `Entry ${at + 1} of 'plugins' was not made by definePlugin().`
  if (typeof entry === 'function') return { what, next: 'It is a function: call it, as in plugins: [metrics()].' }
  return { what, next: 'List what definePlugin() returns; a module that exports a plugin is not the plugin.' }
}

function twice(plugins: readonly Plugin[]): readonly ListProblem[] {
  const names = plugins.map(({ name }) => name)
  const repeated = new Set(names.filter((name, at) => names.indexOf(name) !== at))
  return [...repeated].map(name => ({
    what: `The plugin '${name}' is listed ${names.filter(each => each === name).length} times.`,
    next: 'List each once.',
  }))
}

function missing({ name, definition }: Plugin, byName: ReadonlyMap<string, Plugin>): readonly ListProblem[] {
  const absent = (definition.dependsOn ?? []).filter(needed => !byName.has(needed))
  return absent.map(needed => ({
    what: `The plugin '${name}' depends on '${needed}', which is not listed.`,
    next: `${didYouMean(needed, [...byName.keys()])}Add it to 'plugins'.`,
  }))
}

function circle(knot: readonly Plugin[], needs: (plugin: Plugin) => readonly Plugin[]): readonly ListProblem[] {
  const [first] = knot
  const path = first && shortestCycle(first, new Set(knot), needs)
  if (path === undefined) return []
  const names = path.map(({ name }) => name).join(' -> ')
  return [{ what: `Plugins depend on each other in a circle: ${names}.`, next: 'Take one of these out of dependsOn.' }]
}

function refusedList(problems: readonly ListProblem[]): InvalidPluginError {
  const lines = problems.map(({ what, next }, at) => `\n  ${at + 1}. ${what}\n     ${next}`)
  return new InvalidPluginError('AMBIT_PLUGIN_LIST', {
    what: `The plugins do not fit together: ${count(problems.length, 'problem')}.`,
    where: 'bootstrap({ plugins })',
    next: `Correct the following; nothing has been opened.${lines.join('')}`,
  })
}
