'use strict'
// Runs the benchmark: `npm run bench -- postgres://user@host/database`.

const { join } = require('node:path')
const { ensureInstalledOrExit } = require('./ensure-installed.cjs')
const { runTypeScript } = require('./run-example.cjs')

ensureInstalledOrExit()
runTypeScript(join(__dirname, '..', 'benchmark', 'main.ts'), process.argv.slice(2))
