'use strict'
// Runs the benchmark: `npm run bench -- postgres://user@host/database`.

const { join } = require('node:path')
const { ensureInstalledOrExit } = require('./ensure-installed.cjs')
const { resolveFromSource } = require('./run-example.cjs')
const { transpileOnLoad } = require('./transpile-on-load.cjs')

ensureInstalledOrExit()
transpileOnLoad()
resolveFromSource()
require(join(__dirname, '..', 'benchmark', 'main.ts'))
