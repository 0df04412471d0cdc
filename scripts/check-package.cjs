'use strict'
// `npm run check:package`, after a build: packs the package, looks at what is in it, and installs it as its users do. Each
// check prints a line, and what the user's project printed when it fails; the last line says how many failed.

const { mkdtempSync, readFileSync, rmSync } = require('node:fs')
const { tmpdir } = require('node:os')
const { join, resolve } = require('node:path')
const { documentsItsNames } = require('./package/declarations.cjs')
const { INSTALLATION_CHECKS } = require('./package/installation.cjs')
const { node, pack } = require('./package/npm.cjs')
const { startRegistry } = require('./package/registry.cjs')
const { UserProject } = require('./package/user-project.cjs')

const root = resolve(__dirname, '..')
const manifest = require('../package.json')

/**
 * Packed size in kB. It is loaded in every process and lambda of our users, next to TypeORM's 3,000: a quarter of that.
 * Move it only in the commit that needs more, and say why there.
 */
const SIZE_CEILING_KB = 750

/** Files beside dist/ that npm packs. */
const BESIDE_DIST = ['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json']

const CONTENT_CHECKS = {
  'holds the build, the documents and nothing else': holdsOnly,
  'has every file that the export map and the programs name': hasExported,
  [`is packed in at most ${SIZE_CEILING_KB} kB`]: isSmall,
  'satisfies publint': satisfiesPublint,
  'explains every public name in its declarations, which stand without skipLibCheck': documentsItsNames,
  'gives right types to every kind of import (attw)': givesRightTypes,
}

async function main() {
  require('ts-node').register({ cwd: root, project: join(root, 'tsconfig.json'), transpileOnly: true })
  const folder = mkdtempSync(join(tmpdir(), 'ambit-package-'))
  const registry = await startRegistry(root)
  try {
    const packed = await pack(root, folder)
    const project = new UserProject(folder, registry.url)
    const failed =
      (await countFailures(CONTENT_CHECKS, check => check(packed))) +
      (await countFailures(INSTALLATION_CHECKS, check => check(project, packed.path)))
    const checks = Object.keys(CONTENT_CHECKS).length + Object.keys(INSTALLATION_CHECKS).length
    console.log(`${checks - failed} passed, ${failed} failed`)
    process.exitCode = failed === 0 ? 0 : 1
  } finally {
    await registry.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Runs checks one after the other; a check throws, or answers a list of problems. */
async function countFailures(checks, perform) {
  let failed = 0
  for (const [name, check] of Object.entries(checks)) {
    const since = Date.now()
    const problems = (await perform(check).catch(error => error.message.split('\n'))) ?? []
    const seconds = Math.round((Date.now() - since) / 1000)
    console.log(`${problems.length === 0 ? 'ok    ' : 'FAILED'} the package ${name} (${seconds} s)`)
    for (const problem of problems) console.log(`         ${problem}`)
    failed += problems.length === 0 ? 0 : 1
  }
  return failed
}

async function holdsOnly({ files }) {
  const missing = BESIDE_DIST.filter(name => !files.includes(name)).map(name => `missing: ${name}`)
  const wanted = name => BESIDE_DIST.includes(name) || /^dist\/.*\.(d\.ts|d\.mts|js|mjs)$/.test(name)
  const surplus = files.filter(name => !wanted(name) || /\.(test|spec)\./.test(name)).map(name => `surplus: ${name}`)
  return [...missing, ...surplus]
}

async function hasExported({ files }) {
  const targets = Object.values(manifest.exports)
    .flatMap(leaves)
    .concat(manifest.main, manifest.types, Object.values(manifest.bin))
  return targets.filter(target => !files.includes(target.replace('./', ''))).map(target => `not packed: ${target}`)
}

function leaves(target) {
  return typeof target === 'string' ? [target] : Object.values(target).flatMap(leaves)
}

async function isSmall({ size }) {
  const kilobytes = Math.ceil(size / 1000)
  return kilobytes > SIZE_CEILING_KB ? [`it has ${kilobytes} kB`] : []
}

async function satisfiesPublint({ path }) {
  const { publint } = await import('publint')
  const { formatMessage } = await import('publint/utils')
  const packed = readFileSync(path)
  const tarball = packed.buffer.slice(packed.byteOffset, packed.byteOffset + packed.byteLength)
  const { messages } = await publint({ pack: { tarball }, strict: true })
  return messages.map(message => formatMessage(message, manifest, { color: false }))
}

async function givesRightTypes({ path }) {
  // Accepted: `node10`, the resolution that knows no export map, finds the main entry but no subpath. TypeScript 6 deprecates
  // it, and every Node that we support reads the map.
  const attw = join(root, 'node_modules', '@arethetypeswrong', 'cli', 'dist', 'index.js')
  await node([attw, path, '--profile', 'node16', '--format', 'ascii', '--no-color', '--no-emoji'], { cwd: root })
}

main().catch(error => {
  console.error(error.message)
  process.exitCode = 1
})
