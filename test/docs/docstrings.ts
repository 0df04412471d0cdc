import { readTree } from '../architecture/source-graph'
import type { CodeBlock } from './markdown-blocks'

/** The examples of a source file that say what they print: they are whole programs, and run. Others show a part of one. */
export interface DocumentedFile {
  readonly path: string
  readonly blocks: readonly CodeBlock[]
}

/** The files of `src` with such examples, by path. */
export function documentedFiles(): readonly DocumentedFile[] {
  return Object.entries(readTree('src'))
    .map(([name, text]) => ({ path: `src/${name}`, blocks: examplesOf(`src/${name}`, text) }))
    .filter(({ blocks }) => blocks.length > 0)
    .sort((one, other) => (one.path < other.path ? -1 : 1))
}

/** An example begins behind its tag, and ends with the comment or where another tag of documentation begins. */
export function examplesOf(page: string, source: string): readonly CodeBlock[] {
  const lines = source.split('\n')
  return lines.flatMap((line, at) => {
    if (!/^\s*\* @example$/.test(line)) return []
    const length = lines.slice(at + 1).findIndex(each => END.test(each))
    const text = lines
      .slice(at + 1, at + 1 + Math.max(length, 0))
      .map(each => each.replace(/^\s*\* ?/, ''))
      .join('\n')
    if (!text.includes('// =>')) return []
    return [{ page, line: at + 2, kind: 'run', file: `block-${at + 2}.ts`, reason: '', text }]
  })
}

/** A decorator begins like a tag: these are no decorators. */
const END = /^\s*\*(?:\/| @(?:example|throws|returns|param|internal|since|see|deprecated)\b)/
