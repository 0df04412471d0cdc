import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { originOf } from '../origin'
import { problem, type Report } from '../problem'
import { codeOfThrown } from '../thrown'

/** A file of configuration. */
export interface ConfigFile {
  /** As the source was given it, for messages. */
  readonly name: string
  readonly path: string
  readonly optional: boolean
}

/** The path counts from where the process is when the source is made, also for later refreshes. */
export function configFile(name: string, optional: boolean): ConfigFile {
  return Object.freeze({ name, path: resolve(name), optional })
}

/** The text of a file; `undefined` where there is none, which is reported unless the file is optional. */
export async function readConfigFile(
  { name, path, optional }: ConfigFile,
  report: Report,
): Promise<string | undefined> {
  try {
    return (await readFile(path, 'utf8')).replace(BYTE_ORDER_MARK, '')
  } catch (error) {
    const code = codeOfThrown(error)
    if (code === 'ENOENT' && optional) return undefined
    const { what, next } = code === 'ENOENT' ? missing(name, path) : unreadable(name, code)
    report(problem('AMBIT_CONFIG_SOURCE', { path: [], origin: originOf(name), what, next }))
    return undefined
  }
}

interface Fault {
  readonly what: string
  readonly next: string
}

function missing(name: string, path: string): Fault {
  return {
    what: `There is no file ${name} (looked for ${path}).`,
    next: 'Correct the path, or give { optional: true }.',
  }
}

/** A file that is there is meant: optional or not, it has to be readable. */
function unreadable(name: string, code: string): Fault {
  return { what: `The file ${name} cannot be read: ${code}.`, next: REMEDIES[code] ?? 'See what the code says.' }
}

const REMEDIES: Readonly<Record<string, string>> = {
  EACCES: 'Let the user of this process read it.',
  EPERM: 'Let the user of this process read it.',
  EISDIR: 'Name a file: this is a folder.',
  ENOTDIR: 'Correct the path: a part of it is no folder.',
}

const BYTE_ORDER_MARK = /^\uFEFF/
