import { readFileSync, readdirSync } from 'node:fs'
import { join, posix, relative, resolve, sep } from 'node:path'
import ts from 'typescript'

export const root = resolve(__dirname, '../..')

/** `value`: runs when the file is loaded. `lazy`: `import()` or `require()`, which run later. `type`: nothing at run time. */
export type ImportKind = 'value' | 'lazy' | 'type'

export interface Import {
  readonly from: string
  readonly specifier: string
  /** The file below `src`, or undefined for a package or a file that is not there. */
  readonly to: string | undefined
  readonly kind: ImportKind
}

/** Source texts by their path below `src`, with slashes. */
export type SourceTree = Readonly<Record<string, string>>

/** The TypeScript files of a folder of the repository. */
export function readTree(folder: string): SourceTree {
  const base = join(root, folder)
  const files = readdirSync(base, { recursive: true, encoding: 'utf8' }).filter(name => name.endsWith('.ts'))
  return Object.fromEntries(
    files.map(name => [relative(base, join(base, name)).split(sep).join('/'), readFileSync(join(base, name), 'utf8')]),
  )
}

/** Every import, re-export, `import()`, `require()` and `import('…')` type of the tree. */
export function importsOf(tree: SourceTree): Import[] {
  return Object.entries(tree).flatMap(([file, text]) =>
    specifiersIn(parse(file, text)).map(({ specifier, kind }) => ({
      from: file,
      specifier,
      kind,
      to: resolveIn(tree, file, specifier),
    })),
  )
}

export function parse(file: string, text: string): ts.SourceFile {
  return ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
}

/** Calls `visit` for a node and everything below it. */
export function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node)
  ts.forEachChild(node, child => {
    walk(child, visit)
  })
}

interface Specifier {
  readonly specifier: string
  readonly kind: ImportKind
}

function specifiersIn(source: ts.SourceFile): Specifier[] {
  const found: Specifier[] = []
  walk(source, node => {
    const specifier = fromImport(node) ?? fromReExport(node) ?? fromCall(node) ?? fromType(node)
    if (specifier) found.push(specifier)
  })
  return found
}

function fromImport(node: ts.Node): Specifier | undefined {
  if (ts.isImportEqualsDeclaration(node) && ts.isExternalModuleReference(node.moduleReference))
    return literal(node.moduleReference.expression, node.isTypeOnly ? 'type' : 'value')
  if (!ts.isImportDeclaration(node)) return undefined
  return literal(node.moduleSpecifier, isTypeOnly(node.importClause) ? 'type' : 'value')
}

function isTypeOnly(clause: ts.ImportClause | undefined): boolean {
  if (clause === undefined) return false
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true
  const { name, namedBindings } = clause
  return name === undefined && namedBindings !== undefined && allTypes(namedBindings)
}

/** `import { type A, type B }` has no trace at run time in the published build. */
function allTypes(bindings: ts.NamedImportBindings | ts.NamedExportBindings): boolean {
  if (!ts.isNamedImports(bindings) && !ts.isNamedExports(bindings)) return false
  return bindings.elements.length > 0 && bindings.elements.every(element => element.isTypeOnly)
}

function fromReExport(node: ts.Node): Specifier | undefined {
  if (!ts.isExportDeclaration(node) || node.moduleSpecifier === undefined) return undefined
  const typeOnly = node.isTypeOnly || (node.exportClause !== undefined && allTypes(node.exportClause))
  return literal(node.moduleSpecifier, typeOnly ? 'type' : 'value')
}

function fromCall(node: ts.Node): Specifier | undefined {
  if (!ts.isCallExpression(node)) return undefined
  const { expression: callee } = node
  const loads =
    callee.kind === ts.SyntaxKind.ImportKeyword || (ts.isIdentifier(callee) && /require$/i.test(callee.text))
  return loads ? literal(node.arguments[0], 'lazy') : undefined
}

function fromType(node: ts.Node): Specifier | undefined {
  if (!ts.isImportTypeNode(node) || !ts.isLiteralTypeNode(node.argument)) return undefined
  return literal(node.argument.literal, 'type')
}

function literal(node: ts.Node | undefined, kind: ImportKind): Specifier | undefined {
  return node !== undefined && ts.isStringLiteralLike(node) ? { specifier: node.text, kind } : undefined
}

function resolveIn(tree: SourceTree, from: string, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) return undefined
  const path = posix.join(posix.dirname(from), specifier)
  return [`${path}.ts`, posix.join(path, 'index.ts')].find(candidate => candidate in tree)
}
