import type { ConfigNode } from './node'

/** What a node holds as a value of JavaScript, frozen to the bottom; `undefined` for one that failed. */
export function plainValue(node: ConfigNode): unknown {
  switch (node.kind) {
    case 'leaf':
      return node.value instanceof Date ? new Date(node.value) : node.value // nobody can freeze a date
    case 'list':
      return Object.freeze(node.items.map(plainValue))
    case 'map':
      // fromEntries defines properties: a key '__proto__' stays a key.
      return Object.freeze(Object.fromEntries([...node.entries].map(([key, each]) => [key, plainValue(each)])))
    case 'failed':
      return undefined
  }
}

/** What kind of value it is, in words that show nothing of it. */
export function kindOfNode(node: ConfigNode): string {
  return node.kind === 'leaf' ? kindOfValue(node.value) : node.kind === 'list' ? 'a list' : 'a map'
}

export function kindOfValue(value: unknown): string {
  if (value === null) return 'null'
  if (value === '') return 'an empty text'
  if (Array.isArray(value)) return 'a list'
  if (value instanceof Date) return 'a date'
  if (typeof value === 'number' && !Number.isFinite(value)) return 'no finite number'
  return KINDS[typeof value]
}

const KINDS = {
  string: 'a text',
  number: 'a number',
  bigint: 'a whole number',
  boolean: 'a boolean',
  object: 'an object',
  function: 'a function',
  symbol: 'a symbol',
  undefined: 'undefined',
} as const
