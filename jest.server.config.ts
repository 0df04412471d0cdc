import type { Config } from 'jest'
import base, { main } from './jest.config'

/**
 * For another PostgreSQL than the tests' own (.ci/run): the tests that meet the server most closely, with the newer TypeORM; `npm
 * test` has the older one, too. Acceptance scenarios and loads need one server, wrong programs meet it in a single message, the
 * works of the benchmark are done once, and a connection that is cut is cut by the tests' own proxy.
 */
const LEFT_TO_NPM_TEST = [
  '/test/acceptance/',
  '/test/stress/',
  '/test/bad-input/',
  '/test/benchmark/',
  '/test/data-source/postgres/wire/cuts.',
]

const config: Config = {
  ...base,
  projects: [{ ...main, testPathIgnorePatterns: [...main.testPathIgnorePatterns, ...LEFT_TO_NPM_TEST] }],
}

export default config
