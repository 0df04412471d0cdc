import type { Config } from 'jest'
import base, { main, typeorm03 } from './jest.config'

/**
 * For another PostgreSQL than the tests' own (.ci/run): the tests that meet the server most closely. Acceptance scenarios and
 * loads need one server, wrong programs meet one in a single message, and a connection that is cut is cut by the tests' own
 * proxy: `npm test` has them.
 */
const LEFT_TO_NPM_TEST = [
  '/test/acceptance/',
  '/test/stress/',
  '/test/bad-input/',
  '/test/data-source/postgres/wire/cuts.',
]

const config: Config = {
  ...base,
  projects: [main, typeorm03].map(({ testPathIgnorePatterns, ...lane }) => ({
    ...lane,
    testPathIgnorePatterns: [...testPathIgnorePatterns, ...LEFT_TO_NPM_TEST],
  })),
}

export default config
