import { join } from 'node:path'
import ts from 'typescript'
import * as ambit from 'ambit'
import * as errors from 'ambit/errors'
import * as query from 'ambit/query'
import * as testing from 'ambit/testing'
import * as typeorm from 'typeorm'
import { root } from '../architecture/source-graph'
import type { CodeBlock } from './markdown-blocks'
import * as prelude from './prelude'

/** A block as a file for the compiler. It lies beside the prelude, below no folder that exists. */
export interface VirtualFile {
  readonly path: string
  readonly text: string
  readonly block: CodeBlock
  /** Lines that stand before the block's own. */
  readonly headerLines: number
}

export function virtualFiles(blocks: readonly CodeBlock[]): readonly VirtualFile[] {
  return blocks.filter(({ kind }) => kind !== 'skip').map(virtualFile)
}

function virtualFile(block: CodeBlock): VirtualFile {
  const path = join(root, 'test/docs', block.page.replaceAll(/[^\w]+/g, '-'), block.file)
  if (block.kind !== 'fragment') return { path, text: `${block.text}\nexport {}\n`, block, headerLines: 0 }
  const header = importsFor(path, block.text)
  return { path, text: `${header}\n${block.text}\nexport {}\n`, block, headerLines: 1 }
}

/** On one line: what a fragment uses and does not declare, from the packages and the prelude. */
function importsFor(path: string, text: string): string {
  const { used, declared } = namesOf(ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true))
  const wanted = new Set([...used].filter(name => !declared.has(name)))
  const lines = SOURCES.map(([specifier, exported]) => {
    const names = [...wanted].filter(name => exported.has(name))
    for (const name of names) wanted.delete(name)
    return names.length === 0 ? '' : `import { ${names.join(', ')} } from '${specifier}';`
  })
  return lines.join(' ').trim()
}

function namesOf(source: ts.SourceFile): { used: ReadonlySet<string>; declared: ReadonlySet<string> } {
  const used = new Set<string>()
  const declared = new Set<string>()
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) used.add(node.text)
    const { name } = node as { name?: ts.Node }
    const declares = ts.isClassDeclaration(node) || ts.isFunctionDeclaration(node) || ts.isVariableDeclaration(node)
    if ((declares || ts.isImportSpecifier(node) || ts.isInterfaceDeclaration(node)) && name && ts.isIdentifier(name)) {
      declared.add(name.text)
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return { used, declared }
}

/** The prelude's ambient constants exist for the compiler only. */
const AMBIENT = [
  'app',
  'users',
  'accounts',
  'audit',
  'transfers',
  'mailer',
  'cache',
  'log',
  'metrics',
  'request',
] as const

/** The first that has a name provides it. */
const SOURCES: readonly (readonly [specifier: string, exported: ReadonlySet<string>])[] = [
  ['../prelude', new Set([...Object.keys(prelude), ...AMBIENT])],
  ['ambit', new Set(Object.keys(ambit))],
  ['ambit/errors', new Set(Object.keys(errors))],
  ['ambit/query', new Set(Object.keys(query))],
  ['ambit/testing', new Set(Object.keys(testing))],
  ['typeorm', new Set(Object.keys(typeorm))],
]
