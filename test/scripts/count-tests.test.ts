interface CountTests {
  readonly countTests: (
    report: object | undefined,
    exitCode: number,
  ) => { passed: number; failed: number; skipped: number }
}

const { countTests } = jest.requireActual<CountTests>('../../scripts/count-tests.cjs')

describe('the count of a test run', () => {
  it('adds broken files to failed tests, and to-do tests to skipped ones', () => {
    const report = {
      success: false,
      numPassedTests: 5,
      numFailedTests: 2,
      numRuntimeErrorTestSuites: 1,
      numPendingTests: 3,
      numTodoTests: 1,
    }
    expect(countTests(report, 1)).toEqual({ passed: 5, failed: 3, skipped: 4 })
  })

  it('has no failure when all is well', () => {
    expect(countTests({ success: true, numPassedTests: 5 }, 0)).toEqual({ passed: 5, failed: 0, skipped: 0 })
  })

  it.each<[string, object | undefined, number]>([
    ['wrote no report', undefined, 0],
    ['ended with an error although every test passed', { success: true, numPassedTests: 5 }, 1],
    ['was stopped', { success: true, numPassedTests: 5 }, 124],
    ['does not call itself a success', { success: false, numPassedTests: 5 }, 0],
    ['ran nothing', { success: true, numPassedTests: 0 }, 0],
  ])('has a failure when the run %s', (_, report, exitCode) => {
    expect(countTests(report, exitCode).failed).toBe(1)
  })
})
