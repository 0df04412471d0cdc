import type { Config } from 'jest'

const SUPPORT = '<rootDir>/test/support'

const SOURCES = { '^ambit$': '<rootDir>/src/index.ts', '^ambit/(.*)$': '<rootDir>/src/$1.ts' }

/** What every project shares; the lanes differ by their peers, and so by their module maps. */
const shared = {
  testEnvironment: `${SUPPORT}/environment.ts`,
  // Types are tsc's business (`npm run typecheck`): here they would only cost time.
  transform: { '^.+\\.tsx?$': ['ts-jest', { tsconfig: '<rootDir>/tsconfig.jest.json', diagnostics: false }] },
  setupFiles: ['reflect-metadata'],
  testPathIgnorePatterns: ['/node_modules/'],
} satisfies Config

/** TypeORM 1.1 and better-sqlite3: all tests. */
export const main = {
  ...shared,
  displayName: 'main',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  moduleNameMapper: { ...SOURCES, '^#lane$': `${SUPPORT}/lanes/main.ts` },
} satisfies Config

/** TypeORM 0.3 and sqlite3: what touches TypeORM or a database. What does neither would prove nothing new here. */
export const typeorm03 = {
  ...shared,
  displayName: 'typeorm-0.3',
  testMatch: [
    'acceptance',
    'application',
    'contracts',
    'data-source',
    'events',
    'interception',
    'repository',
    'query/execute',
    'regressions',
    'stress',
    'testing',
  ].map(area => `<rootDir>/test/${area}/**/*.test.ts`),
  // Without TypeORM, or in processes of their own: they prove in the main lane all that they can prove.
  testPathIgnorePatterns: [
    ...shared.testPathIgnorePatterns,
    '/test/contracts/.*/(contract|fake).test.ts$',
    '/test/events/start-up.test.ts$',
    '/test/application/signals.test.ts$',
    '/test/interception/(chain|calls|start-up|messages|model.property).test.ts$',
    '/test/query/execute/like.test.ts$',
    '/test/stress/soak.test.ts$',
    '/test/testing/(fake-application|fake-database|frameworks).test.ts$',
    '/test/regressions/(sqlite-opening-readers|floating-joined-call|lowered-async-methods).test.ts$',
    '/test/data-source/sqlite/(raw-connection|sqlite3-statements|control-text|lease-queue|loan-gate|pool).test.ts$',
  ],
  moduleNameMapper: {
    ...SOURCES,
    '^#lane$': `${SUPPORT}/lanes/typeorm-0.3.ts`,
    '^typeorm$': '<rootDir>/node_modules/typeorm-0.3',
    '^typeorm/(.*)$': '<rootDir>/node_modules/typeorm-0.3/$1',
    // TypeORM also looks for it by its path.
    '(^|/node_modules/)better-sqlite3$': `${SUPPORT}/lanes/not-installed.cjs`,
  },
} satisfies Config

const config: Config = {
  projects: [main, typeorm03],
  globalSetup: `${SUPPORT}/global-setup.ts`,
  globalTeardown: `${SUPPORT}/global-teardown.ts`,
  testTimeout: 90_000,
  maxWorkers: 2,
  collectCoverageFrom: ['src/**/*.ts', '!src/**/index.ts'],
  coverageProvider: 'v8',
  coverageReporters: ['text-summary', 'html', 'json-summary'],
}

export default config
