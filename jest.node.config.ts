import type { Config } from 'jest'
import base, { typeorm03 } from './jest.config'

/** For another Node (scripts/test-on-node.cjs): the suites of transactions, without what is compiled for one Node only. */
const config: Config = {
  ...base,
  projects: [
    {
      ...typeorm03,
      displayName: `node-${process.versions.node}`,
      testMatch: ['<rootDir>/test/tx/**/*.test.ts', '<rootDir>/test/acceptance/**/*.test.ts'],
    },
  ],
}

export default config
