import { type PluginItem, transformSync } from '@babel/core'
import type { ModuleFormat, Sources } from './compiler'
import { writeEach } from './write-each'

/** The order matters: types go first, then decorators, then fields. Babel refuses others. */
export function compileWithBabel(sources: Sources, folder: string, format: ModuleFormat, decorators: string): void {
  const plugins: PluginItem[] = [
    ['@babel/plugin-transform-typescript', { allowDeclareFields: true }],
    ['@babel/plugin-proposal-decorators', { version: decorators }],
    // Standard decorators are put into static blocks, which would have to follow.
    ...(decorators === 'legacy' ? ['@babel/plugin-transform-class-properties'] : []),
    ...(format === 'commonjs' ? ['@babel/plugin-transform-modules-commonjs'] : []),
  ]
  writeEach(sources, folder, (text, filename) => {
    const compiled = transformSync(text, { filename, plugins, configFile: false, babelrc: false })
    return compiled?.code ?? ''
  })
}
