'use strict'
// `npm run check:package`, after a build: packs the package and looks at it as its users do. Each check prints a line; the
// last one says how many failed.

const { execFileSync } = require('node:child_process')
const { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } = require('node:fs')
const { tmpdir } = require('node:os')
const { join, resolve } = require('node:path')

const root = resolve(__dirname, '..')
const manifest = require('../package.json')

/**
 * Packed size in kB. It is loaded in every process and lambda of our users, next to TypeORM's 3,000: a tenth of that. Move it
 * only in the commit that needs more, and say why there.
 */
const SIZE_CEILING_KB = 300

/** Files beside dist/ that npm packs. */
const BESIDE_DIST = ['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json']

const CHECKS = {
  'holds the build, the documents and nothing else': holdsOnly,
  'has every file that the export map names': hasExported,
  [`is packed in at most ${SIZE_CEILING_KB} kB`]: isSmall,
  'satisfies publint': satisfiesPublint,
  'gives right types to every kind of import (attw)': givesRightTypes,
  'loads after an installation, by import and by require, without any database driver': loadsInstalled,
}

async function main() {
  const folder = mkdtempSync(join(tmpdir(), 'ambit-package-'))
  try {
    process.exitCode = (await runChecks(pack(folder), folder)) === 0 ? 0 : 1
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function runChecks(tarball, folder) {
  let failed = 0
  for (const [name, check] of Object.entries(CHECKS)) {
    const problems = await check(tarball, folder).catch(error => [error.message])
    console.log(`${problems.length === 0 ? 'ok    ' : 'FAILED'} the package ${name}`)
    for (const problem of problems) console.log(`         ${problem}`)
    failed += problems.length === 0 ? 0 : 1
  }
  console.log(`${Object.keys(CHECKS).length - failed} passed, ${failed} failed`)
  return failed
}

function pack(folder) {
  const output = npm(['pack', '--json', '--ignore-scripts', '--pack-destination', folder], root)
  const [{ filename, files, size }] = JSON.parse(output)
  return { path: join(folder, filename), files: files.map(({ path }) => path), size }
}

async function holdsOnly({ files }) {
  const missing = BESIDE_DIST.filter(name => !files.includes(name)).map(name => `missing: ${name}`)
  const wanted = name => BESIDE_DIST.includes(name) || /^dist\/.*\.(d\.ts|d\.mts|js|mjs)$/.test(name)
  const surplus = files.filter(name => !wanted(name) || /\.(test|spec)\./.test(name)).map(name => `surplus: ${name}`)
  return [...missing, ...surplus]
}

async function hasExported({ files }) {
  const targets = Object.values(manifest.exports).flatMap(leaves).concat(manifest.main, manifest.types)
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
  return outputOfFailure([attw, path, '--profile', 'node16', '--format', 'ascii', '--no-color', '--no-emoji'], root)
}

async function loadsInstalled({ path }, folder) {
  const project = join(folder, 'project')
  mkdirSync(project)
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'project', version: '1.0.0', private: true }))
  // Peers are not installed but linked: TypeORM's tree would take longer than all other checks, and drivers must not be needed.
  npm(
    ['install', path, '--legacy-peer-deps', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'],
    project,
  )
  symlinkSync(join(root, 'node_modules', 'typeorm'), join(project, 'node_modules', 'typeorm'), 'junction')
  const specifiers = Object.entries(manifest.exports).filter(([, target]) => typeof target === 'object')
  writeFileSync(join(project, 'load.cjs'), loader(specifiers.map(([subpath]) => subpath.replace(/^\./, manifest.name))))
  return outputOfFailure(['load.cjs'], project)
}

/** A program that loads every entry point both ways and compares what it gets. */
function loader(specifiers) {
  return `
    async function main() {
      for (const specifier of ${JSON.stringify(specifiers)}) {
        const required = require(specifier)
        const imported = await import(specifier)
        const different = Object.keys(required).filter(name => required[name] !== imported[name])
        if (different.length > 0) throw new Error(specifier + ' has two instances of ' + different.join(', '))
        if (Object.keys(required).length === 0) throw new Error(specifier + ' exports nothing')
      }
      const loaded = Object.keys(require.cache).filter(file => /node_modules.(pg|better-sqlite3|sqlite3).[^]*$/.test(file))
      if (loaded.length > 0) throw new Error('loading it loads a driver: ' + loaded[0])
      if (require(${JSON.stringify(`${manifest.name}/package.json`)}).version !== ${JSON.stringify(manifest.version)}) throw new Error('wrong version')
    }
    main().catch(error => { console.error(error); process.exit(1) })
  `
}

/** Runs Node; what it printed, line by line, when it fails. */
function outputOfFailure(args, cwd) {
  try {
    execFileSync(process.execPath, args, { cwd, encoding: 'utf8', stdio: 'pipe' })
    return []
  } catch (error) {
    return `${error.stdout}${error.stderr}`.split('\n').filter(line => line.trim() !== '')
  }
}

function npm(args, cwd) {
  // On Windows npm is a batch file, which needs the shell.
  return execFileSync('npm', args, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: process.platform === 'win32',
  })
}

main().catch(error => {
  console.error(error.message)
  process.exitCode = 1
})
