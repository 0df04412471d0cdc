import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { AmbitError, type CatalogueEntry } from './ambit-error'

/** Errors about copies of the package. */
export const COPY_ERRORS = {
  AMBIT_APP_SECOND_COPY: {
    thrownAs: 'SecondCopyError',
    meaning: 'Two copies of the package are loaded in one process; their transactions would not see each other.',
  },
} as const satisfies Record<`AMBIT_APP_${string}`, CatalogueEntry>

/** One loading of the package. The same folder is loaded anew when a test runner resets its modules. */
export interface Copy {
  /** The package's folder; empty where a bundler has taken it away. */
  readonly folder: string
}

/** A copy as an error shows it. */
export interface CopyDescription {
  readonly folder: string
  readonly version: string
}

/** A second copy of Ambit was loaded into the process. */
export class SecondCopyError extends AmbitError<keyof typeof COPY_ERRORS> {
  /** The copy that was here first, and the one that was refused. */
  readonly copies: readonly CopyDescription[]

  constructor(first: Copy, second: Copy) {
    super('AMBIT_APP_SECOND_COPY', first.folder === second.folder ? loadedAgain(first) : twoFolders(first, second))
    this.copies = [first, second].map(describe)
  }
}

/** This loading of the package: another one has another object here. */
export const THIS_COPY: Copy = Object.freeze({ folder: packageFolder() })

function twoFolders(first: Copy, second: Copy): { what: string; where: string; next: string } {
  return {
    what: 'Two copies of Ambit are loaded in this process; their transactions would not see each other.',
    where: [first, second].map(text).join(' and '),
    next: "Keep one: 'npm ls ambit' shows who brings each, 'npm dedupe' merges copies whose version ranges allow it.",
  }
}

function loadedAgain(copy: Copy): { what: string; where: string; next: string } {
  return {
    what: 'Ambit was loaded a second time from one place, while applications of the first loading are running.',
    where: text(copy),
    next: 'Close them before modules are reset (jest.resetModules and the like), and keep one bundle a process.',
  }
}

function text(copy: Copy): string {
  const { version, folder } = describe(copy)
  return `${version} in ${folder}`
}

/** The version is read when an error needs it: copies need not agree on more than a folder. */
function describe({ folder }: Copy): CopyDescription {
  if (folder === '') return { folder: 'a bundle', version: 'unknown version' }
  try {
    const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version?: unknown }
    return { folder, version: typeof version === 'string' ? version : 'unknown version' }
  } catch {
    return { folder, version: 'unknown version' } // bundled: the folder is not the package's
  }
}

/** This file lies two folders below the package's own, in the sources and in the build. Bundled ES modules have no folder. */
function packageFolder(): string {
  return typeof __dirname === 'string' ? join(__dirname, '..', '..') : ''
}
