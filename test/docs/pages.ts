import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../architecture/source-graph'

/** A Markdown page of the repository. */
export interface Page {
  /** Relative to the repository's root. */
  readonly path: string
  readonly text: string
}

/** The pages for users: README.md, and what lies in docs/guides and docs/reference. */
export function pages(): readonly Page[] {
  const paths = ['README.md', 'docs/README.md', ...pagesIn('docs/guides'), ...pagesIn('docs/reference')]
  return paths.map(page)
}

export function page(path: string): Page {
  return { path, text: readFileSync(join(root, path), 'utf8') }
}

/** Whether a path, relative to the repository's root, is there. */
export function isThere(path: string): boolean {
  return existsSync(join(root, path))
}

/** The cells of the table rows below a heading, up to the next heading; without back-ticks. */
export function tableBelow({ path, text }: Page, heading: string): readonly (readonly string[])[] {
  const lines = text.split('\n')
  const start = lines.findIndex(line => line.replace(/^#+ /, '') === heading && line.startsWith('#'))
  if (start < 0) throw new Error(`${path} has no heading '${heading}'`)
  const length = lines.slice(start + 1).findIndex(line => line.startsWith('#'))
  const section = lines.slice(start + 1, length < 0 ? undefined : start + 1 + length)
  return section
    .filter(line => line.startsWith('|'))
    .map(cellsOf)
    .slice(2)
}

function cellsOf(line: string): readonly string[] {
  return line
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map(cell => cell.trim().replaceAll('`', ''))
}

function pagesIn(folder: string): readonly string[] {
  return readdirSync(join(root, folder))
    .filter(name => name.endsWith('.md'))
    .sort()
    .map(name => `${folder}/${name}`)
}
