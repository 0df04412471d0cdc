'use strict'
// `npm run build`: dist/ from src/. tsc writes a declaration for each module, and a bundle is made of their code; beside each
// entry point of the export map this script puts an ES-module face of the same CommonJS files, so that `import` and `require`
// share one instance.

const { execFileSync } = require('node:child_process')
const { readdirSync, rmSync, writeFileSync } = require('node:fs')
const { basename, join, relative, resolve, sep } = require('node:path')
const { pathToFileURL } = require('node:url')
const { bundle } = require('./bundle.cjs')

const root = resolve(__dirname, '..')
const dist = join(root, 'dist')
const manifest = require('../package.json')

const NAME = /^[A-Za-z_$][\w$]*$/

async function build() {
  rmSync(dist, { recursive: true, force: true })
  declare()
  const entries = entryFiles(manifest.exports)
  const programs = Object.values(manifest.bin).map(file => join(root, file))
  await bundle([...entries, ...programs].map(nameBelowDist), dist)
  for (const entry of entries) writeEsModule(entry)
  for (const entry of entries) await compareInstances(entry)
  refuseStrayFiles()
  console.log(
    `Built ${entries.map(entry => basename(entry, '.js')).join(', ')}: ${readdirSync(dist, { recursive: true }).length} files.`,
  )
}

function declare() {
  const tsc = require.resolve('typescript/bin/tsc')
  const args = [tsc, '-p', 'tsconfig.build.json', '--emitDeclarationOnly']
  execFileSync(process.execPath, args, { cwd: root, stdio: 'inherit' })
}

/** `dist/cli/main.js` is bundled of the module `cli/main`. */
function nameBelowDist(file) {
  return relative(dist, file).replace(/\.js$/, '').split(sep).join('/')
}

/** The CommonJS files that the export map names. */
function entryFiles(exportMap) {
  return Object.values(exportMap)
    .filter(target => typeof target === 'object')
    .map(target => join(root, target.require.default))
}

function writeEsModule(entry) {
  const file = basename(entry)
  writeFileSync(entry.replace(/\.js$/, '.mjs'), esModuleText(file, Object.keys(require(entry))))
  // Types have no instances, so that a star says it all, and keeps the names that are types only.
  writeFileSync(entry.replace(/\.js$/, '.d.mts'), `export * from './${file}'\n`)
}

/** An ES module that names everything a CommonJS file exports: Node and bundlers then need not guess. */
function esModuleText(file, names) {
  const wrong = names.find(name => !NAME.test(name) || name === 'default')
  if (wrong !== undefined) throw new Error(`${file} exports "${wrong}", which an ES module cannot name.`)
  if (names.length === 0) throw new Error(`${file} exports nothing.`)
  return `export {\n${[...names]
    .sort()
    .map(name => `  ${name},\n`)
    .join('')}} from './${file}'\n`
}

/** `import` must give the very objects that `require` gives, and all of them. */
async function compareInstances(entry) {
  const required = require(entry)
  const imported = await import(pathToFileURL(entry.replace(/\.js$/, '.mjs')).href)
  const different = Object.keys(required).filter(name => imported[name] !== required[name])
  if (different.length > 0)
    throw new Error(`${basename(entry)}: import and require disagree about ${different.join(', ')}.`)
}

function refuseStrayFiles() {
  const stray = readdirSync(dist, { recursive: true, withFileTypes: true })
    .filter(item => item.isFile())
    .map(item => item.name)
    .filter(name => !/\.(d\.ts|d\.mts|js|mjs)$/.test(name) || /\.(test|spec)\./.test(name))
  if (stray.length > 0) throw new Error(`dist/ has files that do not belong into the package: ${stray.join(', ')}.`)
}

module.exports = { esModuleText, entryFiles }

if (require.main === module) {
  build().catch(error => {
    console.error(error.message)
    process.exitCode = 1
  })
}
