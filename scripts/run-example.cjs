'use strict'
// Runs examples/<folder>/main.ts: `node scripts/run-example.cjs [--built] <folder> [arguments]`.
// `ambit` in the example means the sources here, so nothing has to be built first; with --built it means the package in
// dist, as its users get it. Types are checked by `npm run typecheck`, not here.

const { existsSync, readdirSync } = require('node:fs')
const Module = require('node:module')
const { join, resolve } = require('node:path')

const root = resolve(__dirname, '..')

/** Loads the example in this process, which then lives as long as the example does. */
function runExample(folder, args = [], options = {}) {
  runTypeScript(join(root, 'examples', folder, 'main.ts'), args, options)
}

/** Runs a file that imports `ambit`. */
function runTypeScript(main, args, { built = false } = {}) {
  require('ts-node').register({ cwd: root, project: join(root, 'tsconfig.json'), transpileOnly: true })
  if (!built) resolveFromSource()
  process.argv = [process.argv[0], main, ...args]
  require(main)
}

/** The folders below examples/ that can be run. */
function examples() {
  const folder = join(root, 'examples')
  return readdirSync(folder).filter(name => existsSync(join(folder, name, 'main.ts')))
}

/** Makes `ambit` and `ambit/x` mean src/index.ts and src/x.ts. */
function resolveFromSource() {
  const original = Module._resolveFilename
  Module._resolveFilename = function (request, ...rest) {
    const [, subpath] = /^ambit(?:\/(.+))?$/.exec(request) ?? []
    const inSource = request === 'ambit' ? 'index' : subpath
    return original.call(this, inSource ? join(root, 'src', inSource) : request, ...rest)
  }
}

module.exports = { runExample, runTypeScript, resolveFromSource, examples }

if (require.main === module) {
  const [folder, ...args] = process.argv.slice(2).filter(argument => argument !== '--built')
  if (examples().includes(folder)) runExample(folder, args, { built: process.argv.includes('--built') })
  else {
    const wrong = folder ? `There is no example "${folder}". ` : ''
    console.error(`${wrong}Usage: node scripts/run-example.cjs [--built] <${examples().join(' | ')}> [arguments]`)
    process.exitCode = 2
  }
}
