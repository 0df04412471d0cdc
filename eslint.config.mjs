import { readFileSync } from 'node:fs'
import { relative, sep } from 'node:path'
import js from '@eslint/js'
import prettier from 'eslint-config-prettier'
import tseslint from 'typescript-eslint'

const root = import.meta.dirname
const { packages } = JSON.parse(readFileSync(new URL('test/architecture/layers.json', import.meta.url), 'utf8'))

/** Packages with a home in the layer table, so that the editor says at once what the architecture test would say later. */
const packageHomes = {
  meta: {
    type: 'problem',
    schema: [],
    messages: { away: "Only {{homes}} may import '{{name}}', because {{because}}." },
  },
  create(context) {
    const file = relative(`${root}/src`, context.filename).split(sep).join('/')
    const check = source => {
      if (typeof source?.value !== 'string') return
      const [name, rule] = Object.entries(packages).find(([key]) => `${source.value}/`.startsWith(`${key}/`)) ?? []
      if (rule === undefined || rule.homes.some(home => (home.endsWith('/') ? file.startsWith(home) : file === home)))
        return
      context.report({
        node: source,
        messageId: 'away',
        data: { name, because: rule.because, homes: rule.homes.join(', ') },
      })
    }
    return {
      ImportDeclaration: node => check(node.source),
      ExportNamedDeclaration: node => check(node.source),
      ImportExpression: node => check(node.source),
      TSImportType: node => check(node.source),
    }
  },
}

const HOUSE_SYNTAX = [
  { selector: 'TSEnumDeclaration', message: 'Write an `as const` union: it is data, and has no run-time surprises.' },
  { selector: 'ExportAllDeclaration', message: 'Name what is exported: the public surface is a list somebody chose.' },
  { selector: 'ExportDefaultDeclaration', message: 'Export it by name, so that every import calls it the same.' },
]

const TEST_SYNTAX = [
  {
    selector: 'MemberExpression[object.name=/^(it|test|describe)$/][property.name=/^(only|failing)$/]',
    message: 'Switches other tests off, or lets a broken one pass.',
  },
  {
    selector: 'CallExpression[callee.object.name=/^(it|test|describe)$/][callee.property.name="skip"]',
    message: 'A test that never runs proves nothing. Skip on a condition with a reason, or delete it.',
  },
  {
    selector: 'CallExpression[callee.name=/^(xit|xtest|xdescribe|fit|fdescribe)$/]',
    message: 'Use it, test or describe.',
  },
]

const NODE_GLOBALS = Object.fromEntries(
  [
    'AbortSignal',
    'Buffer',
    'URL',
    '__dirname',
    '__filename',
    'clearTimeout',
    'console',
    'exports',
    'module',
    'process',
    'require',
    'setImmediate',
    'setTimeout',
  ].map(name => [name, 'readonly']),
)

const TYPESCRIPT = ['**/*.ts']
const TESTS = ['test/**/*.ts']

export default tseslint.config(
  // The fixtures of the type tests, and the programs of newcomers, are wrong on purpose; the compiler is what reads them.
  {
    ignores: ['dist/', 'coverage/', 'node_modules/', '.tmp/', 'test/query/types/fixtures/', 'test/bad-input/programs/'],
  },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,

  {
    name: 'typescript',
    files: TYPESCRIPT,
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: root } },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-import-type-side-effects': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/max-params': ['error', { max: 4 }],
      'no-restricted-syntax': ['error', ...HOUSE_SYNTAX],
      'no-console': 'error',
      eqeqeq: 'error',
      complexity: ['error', 10],

      // A number reads the same in every template; everything else says how it is printed.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // `() => log.warn(…)` needs no braces to say that nobody uses the result.
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // A legacy decorator returns `PropertyDescriptor | void`.
      '@typescript-eslint/no-invalid-void-type': 'off',
      // `async` without `await` turns a throw into a rejection, and shows that a method is provably asynchronous.
      '@typescript-eslint/require-await': 'off',
      // It would have us write `!`.
      '@typescript-eslint/non-nullable-type-assertion-style': 'off',
      // `[...text]` by code points is what we mean.
      '@typescript-eslint/no-misused-spread': ['error', { allow: ['string'] }],
      // A class that a decorator describes may have nothing else in it.
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: 'only-allowed-literals' },
      ],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
    },
  },

  {
    name: 'sources',
    files: ['src/**/*.ts'],
    plugins: { ambit: { rules: { 'package-homes': packageHomes } } },
    rules: {
      'ambit/package-homes': 'error',
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 40, skipBlankLines: true, skipComments: true }],
    },
  },
  { name: 'catalogues', files: ['src/**/errors.ts'], rules: { 'max-lines': 'off' } },
  {
    name: 'the logger, examples and benchmarks write to the console',
    files: ['src/core/logger.ts', 'src/cli/**', 'examples/**', 'benchmark/**'],
    rules: { 'no-console': 'off' },
  },

  {
    name: 'tests',
    files: TESTS,
    rules: {
      'no-restricted-syntax': ['error', ...HOUSE_SYNTAX, ...TEST_SYNTAX],
      'no-console': 'off',
      complexity: 'off',
      '@typescript-eslint/explicit-module-boundary-types': 'off',
      '@typescript-eslint/max-params': 'off',
      // Tests call things wrongly on purpose, and look at what comes back.
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/only-throw-error': 'off',
      '@typescript-eslint/prefer-promise-reject-errors': 'off',
      '@typescript-eslint/unbound-method': 'off',
      // Entities are compared as plain rows.
      '@typescript-eslint/no-misused-spread': 'off',
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      '@typescript-eslint/no-confusing-void-expression': 'off',
      // Fixtures: classes, methods and hooks that only have to be there.
      '@typescript-eslint/no-empty-function': 'off',
      '@typescript-eslint/no-extraneous-class': 'off',
      '@typescript-eslint/no-useless-constructor': 'off',
      '@typescript-eslint/no-dynamic-delete': 'off',
      '@typescript-eslint/no-meaningless-void-operator': 'off',
      '@typescript-eslint/no-unused-vars': 'off',
    },
  },
  {
    name: 'jest and its hooks are loaded by their default export',
    files: [
      'jest.config.ts',
      'jest.node.config.ts',
      'jest.server.config.ts',
      'test/support/global-setup.ts',
      'test/support/global-teardown.ts',
      'test/support/environment.ts',
    ],
    rules: {
      'no-restricted-syntax': [
        'error',
        ...HOUSE_SYNTAX.filter(({ selector }) => selector !== 'ExportDefaultDeclaration'),
      ],
    },
  },

  {
    name: 'plain scripts',
    files: ['**/*.cjs', '**/*.mjs'],
    languageOptions: { globals: NODE_GLOBALS },
    rules: { 'no-unused-vars': ['error', { argsIgnorePattern: '^_' }], eqeqeq: 'error' },
  },
  { files: ['**/*.cjs'], languageOptions: { sourceType: 'commonjs' } },

  prettier,
)
