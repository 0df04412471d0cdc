'use strict'
// `node scripts/count-tests.cjs <jest --json file> <exit code>` prints "passed failed skipped" for .ci/run.

const { readFileSync } = require('node:fs')

/** The numbers of a jest report. A run that did not succeed has at least one failure, whatever its report says. */
function countTests(report, exitCode) {
  const passed = report?.numPassedTests ?? 0
  // A test file that breaks outside its tests (an import, a leaked connection) has no failed test to count.
  const failed = (report?.numFailedTests ?? 0) + (report?.numRuntimeErrorTestSuites ?? 0)
  const skipped = (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0)
  const succeeded = exitCode === 0 && report?.success === true && passed > 0
  return { passed, failed: succeeded ? failed : Math.max(failed, 1), skipped }
}

function readReport(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    console.error(`No report of the test run: ${error.message}`)
    return undefined
  }
}

module.exports = { countTests }

if (require.main === module) {
  const [path, exitCode] = process.argv.slice(2)
  const { passed, failed, skipped } = countTests(readReport(path), Number(exitCode))
  console.log(`${passed} ${failed} ${skipped}`)
}
