'use strict'
// `node scripts/slowest-tests.cjs <jest --json files>` prints the ten test files that took longest, for .ci/run.

const { basename, relative, resolve } = require('node:path')
const { readFileSync } = require('node:fs')

const ROOT = resolve(__dirname, '..')
const SHOWN = 10

/** A line for each of the slowest test files of these runs, by name of the run. */
function slowestTests(reports) {
  return Object.entries(reports)
    .flatMap(([run, { testResults = [] }]) =>
      testResults.map(({ name, startTime, endTime }) => ({ run, name, took: (endTime - startTime) / 1000 })),
    )
    .sort((left, right) => right.took - left.took)
    .slice(0, SHOWN)
    .map(({ run, name, took }) => `${took.toFixed(0).padStart(6)} s  ${relative(ROOT, name)} (${run})`)
}

module.exports = { slowestTests }

if (require.main === module) {
  const reports = process.argv.slice(2).map(path => [basename(path, '.json'), JSON.parse(readFileSync(path, 'utf8'))])
  for (const line of slowestTests(Object.fromEntries(reports))) console.log(line)
}
