import type { Config } from 'jest'

const SUPPORT = '<rootDir>/test/support'

/** What every project shares; a second lane (another TypeORM, say) differs by its name and its module map. */
const shared = {
  testEnvironment: `${SUPPORT}/environment.ts`,
  // Types are tsc's business (`npm run typecheck`): here they would only cost time.
  transform: { '^.+\\.tsx?$': ['ts-jest', { tsconfig: '<rootDir>/tsconfig.jest.json', diagnostics: false }] },
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  moduleNameMapper: { '^ambit$': '<rootDir>/src/index.ts', '^ambit/(.*)$': '<rootDir>/src/$1.ts' },
  setupFiles: ['reflect-metadata'],
} satisfies Config

const config: Config = {
  projects: [{ ...shared, displayName: 'main' }],
  globalSetup: `${SUPPORT}/global-setup.ts`,
  globalTeardown: `${SUPPORT}/global-teardown.ts`,
  testTimeout: 90_000,
  maxWorkers: 2,
  collectCoverageFrom: ['src/**/*.ts', '!src/**/index.ts'],
  coverageProvider: 'v8',
  coverageReporters: ['text-summary', 'html', 'json-summary'],
}

export default config
