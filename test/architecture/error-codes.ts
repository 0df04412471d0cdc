import ts from 'typescript'
import { type SourceTree, parse, walk } from './source-graph'

const CODE = /^AMBIT(_[A-Z0-9]+){2,}$/

export interface CodeUse {
  /** The `…_ERRORS` catalogue objects, by name, with the codes each holds. */
  readonly catalogues: ReadonlyMap<string, readonly string[]>
  /** Codes in expressions outside the catalogues, with the first file that uses each. */
  readonly used: ReadonlyMap<string, string>
}

/** Where the sources define error codes, and where they use them. Types and comments are no use. */
export function codesIn(tree: SourceTree): CodeUse {
  const catalogues = new Map<string, readonly string[]>()
  const used = new Map<string, string>()
  for (const [file, text] of Object.entries(tree)) {
    const source = parse(file, text)
    const inCatalogue = new Set<ts.Node>()
    for (const { name, table } of catalogueObjects(source)) {
      catalogues.set(name, keysOf(table))
      walk(table, node => inCatalogue.add(node))
    }
    walk(source, node => {
      if (isCodeExpression(node) && !inCatalogue.has(node) && !used.has(node.text)) used.set(node.text, file)
    })
  }
  return { catalogues, used }
}

function catalogueObjects(source: ts.SourceFile): { name: string; table: ts.ObjectLiteralExpression }[] {
  const declarations = source.statements
    .filter(ts.isVariableStatement)
    .flatMap(({ declarationList }) => [...declarationList.declarations])
  return declarations.flatMap(({ name, initializer }) => {
    const table = initializer && withoutTypes(initializer)
    const isCatalogue = ts.isIdentifier(name) && /^[A-Z_]+_ERRORS$/.test(name.text)
    return isCatalogue && table && ts.isObjectLiteralExpression(table) ? [{ name: name.text, table }] : []
  })
}

/** The expression below `as const`, `satisfies …`, parentheses and `Object.freeze(…)`. */
function withoutTypes(node: ts.Expression): ts.Expression {
  if (ts.isAsExpression(node) || ts.isSatisfiesExpression(node) || ts.isParenthesizedExpression(node))
    return withoutTypes(node.expression)
  const [only] = ts.isCallExpression(node) ? node.arguments : []
  return only === undefined ? node : withoutTypes(only)
}

function keysOf(table: ts.ObjectLiteralExpression): string[] {
  return table.properties.flatMap(({ name }) =>
    name && (ts.isIdentifier(name) || ts.isStringLiteral(name)) ? [name.text] : [],
  )
}

/** A code as a value: not in a type, and not as the key of a table that says something about it. */
function isCodeExpression(node: ts.Node): node is ts.StringLiteralLike {
  return ts.isStringLiteralLike(node) && CODE.test(node.text) && !ts.isLiteralTypeNode(node.parent) && !isKey(node)
}

function isKey(node: ts.Node): boolean {
  return ts.isPropertyAssignment(node.parent) && node.parent.name === node
}
