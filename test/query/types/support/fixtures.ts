import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TypeProblem, VirtualTree } from './compiler'

/** A file of declarations, each with its sentence before it where it is wrong. */
export interface Fixture {
  readonly path: string
  /** The text for the compiler, which would otherwise hide the errors that a comment expects. */
  readonly virtual: VirtualTree
  /** The sentence that each line must be given. */
  readonly expected: ReadonlyMap<number, string>
}

export function fixture(name: string): Fixture {
  const path = join(__dirname, '../fixtures', `${name}.ts`)
  const text = readFileSync(path, 'utf8')
  const lines = text.split('\n').entries()
  const expected = [...lines].flatMap(([index, line]): [number, string][] => {
    const [, sentence] = EXPECTED.exec(line) ?? []
    return sentence === undefined ? [] : [[index + 2, sentence]]
  })
  return { path, virtual: { [path]: text.replaceAll('@ts-expect-error', 'expect-error') }, expected: new Map(expected) }
}

/** The sentence of a problem, or the whole message where it is another one. */
export function sentenceOf({ code, message }: TypeProblem): string {
  const [, sentences] = SENTENCE.exec(message) ?? []
  return sentences === undefined ? `TS${code} ${message}` : sentences.replaceAll('"', '')
}

const EXPECTED = /^\s*\/\/ @ts-expect-error (.*)$/
const SENTENCE = /parameter of type '("ambit: .*")'\.$/
