'use strict'
// Makes `npm start` and `npm test` work in a bare clone: checks Node, and installs the dependencies when they are not what
// the lockfile says. Plain Node without dependencies, in a syntax that old versions can parse far enough to be told off.

const { spawnSync } = require('node:child_process')
const { existsSync, readFileSync } = require('node:fs')
const { join, resolve } = require('node:path')

/** Installs what is missing below `root`; throws a sentence that says what to do when it cannot. */
function ensureInstalled(root = resolve(__dirname, '..')) {
  const { engines } = readJson(join(root, 'package.json'))
  if (!satisfies(process.versions.node, engines.node)) throw new Error(wrongNode(engines.node))
  const reason = whyInstall(root)
  if (reason) install(root, reason)
}

/** Why the dependencies have to be installed, or undefined when they are there. */
function whyInstall(root) {
  const lockfile = join(root, 'package-lock.json')
  const installed = join(root, 'node_modules', '.package-lock.json')
  if (!existsSync(installed)) return 'node_modules is missing'
  if (!existsSync(lockfile)) return undefined
  const different = differences(readJson(lockfile), readJson(installed))
  return different.length > 0 ? `node_modules does not match package-lock.json (${sample(different)})` : undefined
}

/** The packages of the lockfile that are absent or another version. Compared by content: a checkout touches every date. */
function differences(lockfile, installed) {
  return Object.entries(lockfile.packages)
    .filter(([path, locked]) => path !== '' && !locked.link)
    .filter(([path, locked]) => {
      const found = installed.packages[path]
      if (!found) return !(locked.optional || locked.devOptional)
      return found.version !== locked.version || found.integrity !== locked.integrity
    })
    .map(([path]) => path.replace(/^.*node_modules\//, ''))
}

function sample(names) {
  return names.length > 3 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ')
}

function install(root, reason) {
  const command = existsSync(join(root, 'package-lock.json')) ? 'ci' : 'install'
  console.log(`Installing dependencies with "npm ${command}": ${reason}.`)
  // One argument string: on Windows npm is a batch file and needs the shell.
  const { status, error } = spawnSync(`npm ${command} --no-audit --no-fund`, {
    cwd: root,
    stdio: 'inherit',
    shell: true,
  })
  if (status !== 0) throw new Error(failedInstall(command, error))
}

function failedInstall(command, error) {
  const why = error ? ` (${error.message})` : ''
  return `"npm ${command}" failed${why}. Check the network and the messages above, then run the same command again.`
}

function wrongNode(range) {
  return `Ambit needs Node ${range}, this is ${process.version}. Install a current LTS from https://nodejs.org and try again.`
}

/** Tells whether `version` is inside an `engines` range made of `^a.b.c` and `>=a.b.c` alternatives. */
function satisfies(version, range) {
  return range.split('||').some(part => {
    const [, operator, wanted] = /^(\^|>=)(\d+\.\d+\.\d+)$/.exec(part.trim()) || []
    if (!wanted)
      throw new Error(`package.json: engines.node "${range}" has a part this script cannot read: "${part.trim()}"`)
    const atLeast = compare(version, wanted) >= 0
    return operator === '^' ? atLeast && major(version) === major(wanted) : atLeast
  })
}

function compare(left, right) {
  const [a, b] = [left, right].map(text => text.split('-')[0].split('.').map(Number))
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2]
}

function major(version) {
  return Number(version.split('.')[0])
}

function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'))
}

/** For scripts: installs, or ends the process with one readable line. */
function ensureInstalledOrExit() {
  try {
    ensureInstalled()
  } catch (error) {
    console.error(error.message)
    process.exit(1)
  }
}

module.exports = { ensureInstalled, ensureInstalledOrExit, whyInstall, satisfies }

if (require.main === module) ensureInstalledOrExit()
