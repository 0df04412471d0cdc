'use strict'
// `npm test [-- jest arguments]`: all jest projects. The tests of PostgreSQL use the server at AMBIT_TEST_POSTGRES_URL, or one
// of their own that test/support/global-setup.ts starts.

require('./ensure-installed.cjs').ensureInstalledOrExit()

const { spawnSync } = require('node:child_process')
const { resolve } = require('node:path')

const root = resolve(__dirname, '..')
const jest = require.resolve('jest/bin/jest')
// From Node 22.18 on, Node would first try to run jest.config.ts itself, and print a warning that it cannot.
const flags = process.features.typescript ? ['--no-experimental-strip-types'] : []
const given = process.argv.slice(2)
const config = given.includes('-c') ? [] : ['-c', 'jest.config.ts']
const args = [...flags, jest, ...config, ...given]
const { status, signal } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' })
if (signal) process.kill(process.pid, signal)
else process.exitCode = status ?? 1
