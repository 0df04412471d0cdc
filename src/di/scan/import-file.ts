import { pathToFileURL } from 'node:url'

/** Loads a file, given as an absolute path, and returns what it exports. */
export type Importer = (file: string) => unknown

/**
 * Loads a file the way this module itself was loaded.
 *
 * The published build is CommonJS, and so is ts-jest's output: there `require` loads CommonJS files, TypeScript where a hook
 * (ts-node, tsx, Jest) is registered, and ES modules, which all supported versions of Node allow unless they await at the
 * top level. `import()` would be no help, since the compiler turns it into `require`; it serves where this file itself runs as
 * an ES module (Jest with vm modules).
 */
export const importFile: Importer = file => (commonJs === undefined ? import(pathToFileURL(file).href) : commonJs(file))

/** Whether something in this process turns TypeScript into JavaScript on load. */
export function loadsTypeScript(): boolean {
  if (process.env['JEST_WORKER_ID'] !== undefined) return true
  return commonJs?.extensions !== undefined && '.ts' in commonJs.extensions
}

interface CommonJsRequire {
  (file: string): unknown
  /** Deprecated for changing it; the hooks that load TypeScript are seen here all the same. */
  readonly extensions?: object
}

const commonJs: CommonJsRequire | undefined = typeof require === 'function' ? require : undefined
