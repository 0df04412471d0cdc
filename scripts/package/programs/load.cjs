'use strict'
// In a user's project: every entry point gives the same to import and to require, and loads no database driver.

const assert = require('node:assert/strict')
const { exports: entries, version } = require('ambit/package.json')

async function main() {
  const subpaths = Object.keys(entries).filter(subpath => subpath !== './package.json')
  for (const subpath of subpaths) await compare(subpath.replace(/^\./, 'ambit'))
  const drivers = Object.keys(require.cache).filter(file => /node_modules.(pg|better-sqlite3|sqlite3)\b/.test(file))
  assert.deepEqual(drivers, [], 'loading the package loads a driver')
  console.log(`${version}: ${subpaths.join(', ')}`)
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
