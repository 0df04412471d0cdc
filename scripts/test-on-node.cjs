'use strict'
// `node scripts/test-on-node.cjs <22|24> [jest arguments]`: the transaction and acceptance suites on another Node, which comes
// from npm's registry into .tmp/. They run in the lane of TypeORM 0.3 with sqlite3, and on PostgreSQL: better-sqlite3 is
// compiled for one Node at a time.

const { spawnSync } = require('node:child_process')
const { existsSync, mkdirSync, writeFileSync } = require('node:fs')
const { join, resolve } = require('node:path')

const ROOT = resolve(__dirname, '..')

/** The versions that are tested, by major. */
const VERSIONS = { 22: '22.23.3', 24: '24.21.0' }

/** npm's packages of Node, by `process.platform` and `process.arch`. */
const PLATFORMS = new Set(['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64', 'win-x64'])

/** The package and version of a Node for this machine; throws a sentence where there is none. */
function packageOf(major, platform = process.platform, arch = process.arch) {
  const version = VERSIONS[major]
  if (!version) throw new Error(`Name a Node to test on: ${Object.keys(VERSIONS).join(' or ')}.`)
  const place = `${platform === 'win32' ? 'win' : platform}-${arch}`
  if (!PLATFORMS.has(place))
    throw new Error(`npm's registry has no Node ${version} for ${place}; run the tests there with one of your own.`)
  return { name: `node-${place}`, version }
}

/** The path of the executable, installed unless it is there already. */
function installed({ name, version }, root = ROOT) {
  const folder = join(root, '.tmp', `node-${version}`)
  const place = join(folder, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
  if (existsSync(place)) return place
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n')
  // One argument string: on Windows npm is a batch file and needs the shell.
  const command = `npm install --no-audit --no-fund --no-save --no-package-lock --ignore-scripts ${name}@${version}`
  const { status } = spawnSync(command, { cwd: folder, stdio: ['ignore', 'inherit', 'inherit'], shell: true })
  if (status !== 0 || !existsSync(place)) throw new Error(`"${command}" failed; see the messages above.`)
  return place
}

function main([major, ...rest]) {
  const node = packageOf(major)
  const executable = installed(node)
  console.log(
    `Node ${node.version} (${node.name}): test/tx and test/acceptance, with TypeORM 0.3 on sqlite3 and PostgreSQL.`,
  )
  const args = [join(__dirname, 'test.cjs'), '-c', 'jest.node.config.ts', ...rest]
  const { status, signal } = spawnSync(executable, args, { cwd: ROOT, stdio: 'inherit' })
  return signal ? 1 : (status ?? 1)
}

module.exports = { packageOf, installed, VERSIONS }

if (require.main === module) {
  try {
    process.exitCode = main(process.argv.slice(2))
  } catch (error) {
    console.error(error.message)
    process.exitCode = 1
  }
}
