'use strict'
// The declarations in dist/, as an editor reads them to somebody who types `ambit`.

const { join, resolve } = require('node:path')
const ts = require('typescript')
const manifest = require('../../package.json')

const root = resolve(__dirname, '..', '..')

/** Problems of the declarations: errors that `skipLibCheck` would hide, and public names that nothing explains. */
async function documentsItsNames() {
  const entries = Object.values(manifest.exports)
    .filter(target => typeof target === 'object')
    .map(target => join(root, target.require.types))
  const program = ts.createProgram(entries, {
    module: ts.ModuleKind.Node16,
    target: ts.ScriptTarget.ES2022,
    lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts'],
    types: ['node'],
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
  })
  return [...errorsBelow(program, join(root, 'dist')), ...entries.flatMap(entry => unexplained(program, entry))]
}

/** Errors in our own files; those of TypeORM's, whose optional peers are not installed, are not ours. */
function errorsBelow(program, folder) {
  return program
    .getSourceFiles()
    .filter(({ fileName }) => resolve(fileName).startsWith(folder))
    .flatMap(file => [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)])
    .map(({ file, messageText }) => `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`)
}

function unexplained(program, entry) {
  const checker = program.getTypeChecker()
  return checker
    .getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(entry)))
    .filter(symbol => target(checker, symbol).getDocumentationComment(checker).length === 0)
    .map(({ name }) => `no comment on ${name}`)
}

function target(checker, symbol) {
  return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
}

module.exports = { documentsItsNames }
