/** What the word behind `ts` says about a block; without a word it is a whole module that is type-checked. */
export const BLOCK_KINDS = ['module', 'run', 'test', 'fragment', 'skip'] as const

export type BlockKind = (typeof BLOCK_KINDS)[number]

/** A fenced TypeScript block of a page. */
export interface CodeBlock {
  /** The page, relative to the repository's root. */
  readonly page: string
  /** The line of the page on which its text begins, from 1. */
  readonly line: number
  readonly kind: BlockKind
  /** The name under which other blocks of the page import it. */
  readonly file: string
  /** Why a skipped block is skipped. */
  readonly reason: string
  readonly text: string
}

/**
 * The TypeScript blocks of a page, in their order.
 *
 * An opening fence says `ts`, then one kind (`run`, `test`, `fragment`, or `skip` and a reason), then `file=<name>`. A word
 * that means nothing is an error: a misspelt `run` would pass for a block that needs no running.
 */
export function codeBlocksOf(page: string, markdown: string): readonly CodeBlock[] {
  const blocks: CodeBlock[] = []
  const lines = markdown.split('\n')
  for (let at = 0; at < lines.length; at += 1) {
    const [, indent, info] = FENCE.exec(lines[at] ?? '') ?? []
    if (info === undefined) continue
    const end = lines.findIndex((line, index) => index > at && line.trim() === '```')
    if (end < 0) throw new Error(`${page}:${at + 1} opens a fence that nothing closes`)
    if (indent !== '') throw new Error(`${page}:${at + 1} has an indented fence; write code at the margin`)
    const text = lines.slice(at + 1, end).join('\n')
    if (isTypeScript(page, at + 1, info)) blocks.push({ page, line: at + 2, text, ...marksOf(page, at + 1, info) })
    at = end
  }
  return blocks
}

const FENCE = /^(\s*)```(.*)$/

/** Other spellings would go unchecked. */
function isTypeScript(page: string, line: number, info: string): boolean {
  const [language = ''] = info.trim().split(/\s+/)
  if (['typescript', 'tsx', 'mts', 'javascript'].includes(language)) {
    throw new Error(`${page}:${line} is marked '${language}'; write 'ts', so that it is checked`)
  }
  return language === 'ts'
}

function marksOf(page: string, line: number, info: string): Pick<CodeBlock, 'kind' | 'file' | 'reason'> {
  const words = info.trim().split(/\s+/).slice(1)
  const named = words.find(word => word.startsWith('file='))?.slice('file='.length)
  const [first = 'module', ...rest] = words.filter(word => !word.startsWith('file='))
  if (!isKind(first) || (first !== 'skip' && rest.length > 0)) {
    throw new Error(
      `${page}:${line} is marked '${info.trim()}', of which '${isKind(first) ? rest.join(' ') : first}' is unknown`,
    )
  }
  return { kind: first, file: named ?? `block-${line + 1}.ts`, reason: rest.join(' ') }
}

function isKind(word: string): word is BlockKind {
  return (BLOCK_KINDS as readonly string[]).includes(word)
}
