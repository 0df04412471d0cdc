import ts from 'typescript'
import { parse } from './source-graph'

/** The names that an entry point exports, sorted, `type` before those without a value; `*` for a star export. */
export function exportedNames(file: string, text: string): string[] {
  return parse(file, text).statements.flatMap(namesOf).sort(byName)
}

function namesOf(statement: ts.Statement): string[] {
  if (ts.isExportAssignment(statement)) return ['default']
  if (ts.isExportDeclaration(statement)) return reExported(statement)
  return isExported(statement) ? declared(statement) : []
}

function reExported({ exportClause, isTypeOnly }: ts.ExportDeclaration): string[] {
  if (exportClause === undefined) return ['*']
  if (ts.isNamespaceExport(exportClause)) return [`* as ${exportClause.name.text}`]
  return exportClause.elements.map(element => mark(element.name.text, isTypeOnly || element.isTypeOnly))
}

function isExported(statement: ts.Statement): boolean {
  const modifiers = ts.canHaveModifiers(statement) ? (ts.getModifiers(statement) ?? []) : []
  return modifiers.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)
}

function declared(statement: ts.Statement): string[] {
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations.map(({ name }) => (ts.isIdentifier(name) ? name.text : '?'))
  if (ts.isTypeAliasDeclaration(statement) || ts.isInterfaceDeclaration(statement))
    return [mark(statement.name.text, true)]
  if (ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement))
    return [statement.name?.text ?? 'default']
  return ['?']
}

function mark(name: string, typeOnly: boolean): string {
  return typeOnly ? `type ${name}` : name
}

function byName(left: string, right: string): number {
  const [a, b] = [left, right].map(name => name.replace(/^type /, ''))
  return (a ?? '') < (b ?? '') ? -1 : 1
}
