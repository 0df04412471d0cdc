'use strict'
// What the pages for users say, as their readers would take it from there: README.md's first example, and the settings and
// commands of the guide.

const { readFileSync } = require('node:fs')
const { join, resolve } = require('node:path')

const root = resolve(__dirname, '..', '..')
const GUIDE = 'docs/guides/getting-started.md'

/** The first example of README.md, on the database that DATABASE_URL names; in memory, as it stands there, without. */
function firstExample() {
  return replacedOnce(readmeProgram(), "'sqlite::memory:'", "process.env['DATABASE_URL'] ?? 'sqlite::memory:'")
}

/** The same, as a module that others can wait for. */
function awaitableExample() {
  return replacedOnce(firstExample(), '\nvoid main()', '\nexport const done = main()')
}

/** Its classes alone, for others to use. */
function exampleClasses() {
  return replacedOnce(firstExample(), '\nvoid main()', '\nexport { main, User, UserRepository, UserService }')
}

/** What the example prints, by its own comments; sorted, because they do not tell the order. */
function expectedOutput() {
  return promisedOutput(readmeProgram()).sort()
}

/** The files that the guide writes, with their texts, and what its program promises to print. */
function guideFiles() {
  const files = blocksOf(GUIDE).filter(({ file, kind }) => kind !== 'fragment' && !file.startsWith('block-'))
  const program = files.find(({ kind }) => kind === 'run')
  if (program === undefined) throw new Error(`${GUIDE} has no program`)
  return { texts: files.map(({ file, text }) => [file, text]), output: promisedOutput(program.text) }
}

function promisedOutput(text) {
  const lines = [...text.matchAll(/console\.log\(.*\/\/ => (.*)$/gm)].map(([, line]) => line)
  if (lines.length === 0) throw new Error('an example says nothing about its output')
  return lines
}

function readmeProgram() {
  const block = blocksOf('README.md').find(({ kind }) => kind === 'run')
  if (block === undefined) throw new Error('README.md has no block of code that runs')
  return block.text
}

function blocksOf(path) {
  const { codeBlocksOf } = require('../../test/docs/markdown-blocks')
  return codeBlocksOf(path, page(path))
}

/** The compiler settings that the guide asks for. */
function guideTsconfig() {
  return guideBlock('json', '"compilerOptions"')
}

/** Jest's configuration, for CommonJS (`module.exports`) and for ES modules (`export default`). */
function guideJestConfig(beginning) {
  return guideBlock('js', beginning)
}

/** The packages behind `npm install --save-dev` in the guide. */
function guideTools() {
  const [, names] = /^npm install --save-dev (.+)$/m.exec(page(GUIDE)) ?? []
  if (names === undefined) throw new Error(`${GUIDE} installs no tools`)
  return names.trim().split(/\s+/)
}

function guideBlock(language, content) {
  const blocks = [...page(GUIDE).matchAll(/^```(\w+)\n(.*?)^```$/gms)]
  const found = blocks.find(([, tag, text]) => tag === language && text.includes(content))
  if (found === undefined) throw new Error(`${GUIDE} has no ${language} block with ${content}`)
  return found[2]
}

function replacedOnce(text, from, to) {
  const parts = text.split(from)
  if (parts.length !== 2)
    throw new Error(`README.md: the first example has ${parts.length - 1} times ${from.trim()}, not once`)
  return parts.join(to)
}

function page(path) {
  return readFileSync(join(root, path), 'utf8')
}

module.exports = {
  awaitableExample,
  exampleClasses,
  expectedOutput,
  firstExample,
  guideFiles,
  guideJestConfig,
  guideTools,
  guideTsconfig,
}
