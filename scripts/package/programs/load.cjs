'use strict'
// In a user's project: every entry point gives the same to import and to require, and loads no database driver; it comes in few
// files, and what needs no TypeORM loads none.

const assert = require('node:assert/strict')
const { sep } = require('node:path')
const { exports: entries, version } = require('ambit/package.json')

/** For each of them every process of our users looks into a folder, reads and compiles. */
const MOST_FILES = 12

async function main() {
  for (const light of ['ambit/errors', 'ambit/query']) require(light)
  assert.deepEqual(loadedFrom('typeorm'), [], 'errors and conditions load TypeORM')
  const subpaths = Object.keys(entries).filter(subpath => subpath !== './package.json')
  for (const subpath of subpaths) await compare(subpath.replace(/^\./, 'ambit'))
  const drivers = ['pg', 'better-sqlite3', 'sqlite3'].flatMap(loadedFrom)
  assert.deepEqual(drivers, [], 'loading the package loads a driver')
  const files = loadedFrom('ambit')
  assert.ok(files.length <= MOST_FILES, `the package is loaded from ${files.length} files: ${files.join(', ')}`)
  console.log(`${version}: ${subpaths.join(', ')}`)
}

/** The files of a package that this process has loaded. */
function loadedFrom(name) {
  return Object.keys(require.cache).filter(file => file.includes(`node_modules${sep}${name}${sep}`))
}

async function compare(specifier) {
  const [required, imported] = [require(specifier), await import(specifier)]
  const names = Object.keys(required)
  assert.ok(names.length > 0, `${specifier} exports nothing`)
  const different = names.filter(name => required[name] !== imported[name])
  assert.deepEqual(different, [], `${specifier} has two instances of these`)
}

main().catch(error => {
  console.error(error)
  process.exitCode = 1
})
