'use strict'
// Compiles TypeScript while it is loaded, and does nothing else to the process. ts-node loads Node's REPL, and with it
// `domain`, which puts a slower `emit` into every event emitter: pg sends each row through one.

const { readFileSync } = require('node:fs')
const Module = require('node:module')
const { join, resolve } = require('node:path')
const ts = require('typescript')

const root = resolve(__dirname, '..')

/** From now on `.ts` can be required. */
function transpileOnLoad() {
  const compilerOptions = optionsOf(join(root, 'tsconfig.json'))
  Module._extensions['.ts'] = (module, fileName) => {
    const { outputText } = ts.transpileModule(readFileSync(fileName, 'utf8'), { compilerOptions, fileName })
    module._compile(outputText, fileName)
  }
}

/** Those that ts-node is given there. */
function optionsOf(file) {
  const { config } = ts.readConfigFile(file, ts.sys.readFile)
  const compilerOptions = { ...config.compilerOptions, ...config['ts-node'].compilerOptions, noEmit: false }
  return ts.convertCompilerOptionsFromJson(compilerOptions, root).options
}

module.exports = { transpileOnLoad }
