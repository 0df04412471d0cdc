import fc from 'fast-check'
import { jsonFile, objectSource, yamlFile } from 'ambit'
import { pathText, parsePath } from '../../src/config/path'
import { file, load, removeFiles } from './support'

afterEach(removeFiles)

type Tree = Readonly<Record<string, unknown>>

const keys = fc.constantFrom('a', 'b', 'c', 'aB', '__proto__', 'constructor', 'x.y', '0')
const scalars = fc.oneof(
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  fc.string({ unit: fc.constantFrom('a', ':', ' ', '$', '-', '#', '"') }),
)
const { tree } = fc.letrec<{ tree: Tree; node: unknown }>(tie => ({
  tree: fc.dictionary(keys, tie('node'), { maxKeys: 4, noNullPrototype: true }),
  node: fc.oneof({ maxDepth: 3 }, scalars, fc.array(scalars, { maxLength: 3 }), tie('tree')),
}))

/** Later wins; maps are merged, all else is replaced: as short as it can be written. */
function merge(earlier: unknown, later: unknown): unknown {
  if (!isMap(earlier) || !isMap(later)) return later
  const all = [...new Set([...Object.keys(earlier), ...Object.keys(later)])]
  const entry = (key: string) =>
    !Object.hasOwn(later, key)
      ? own(earlier, key)
      : Object.hasOwn(earlier, key)
        ? merge(own(earlier, key), own(later, key))
        : own(later, key)
  return Object.fromEntries(all.map(key => [key, entry(key)]))
}

function own(map: Tree, key: string): unknown {
  return Object.getOwnPropertyDescriptor(map, key)?.value
}

function isMap(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const KINDS = [
  (value: Tree) => objectSource(value),
  (value: Tree) => objectSource(async () => value),
  (value: Tree) => jsonFile(file('a.json', JSON.stringify(value)), { interpolate: false }),
  (value: Tree) => yamlFile(file('a.yaml', JSON.stringify(value)), { interpolate: false }), // JSON is YAML
]

describe('PI-W17: random trees in random sources', () => {
  it('say together what a naive merge says', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(tree, fc.nat(KINDS.length - 1)), { maxLength: 5 }), async parts => {
        const expected = parts.reduce<unknown>((all, [part]) => merge(all, part), {}) as Tree
        const configuration = await load(parts.map(([part, kind]) => (KINDS[kind] ?? objectSource)(part)))
        const found = Object.fromEntries(Object.keys(expected).map(key => [key, configuration.get(pathText([key]))]))
        expect(JSON.stringify(sorted(found))).toBe(JSON.stringify(sorted(expected)))
        removeFiles()
      }),
      { numRuns: 60 },
    )
  })

  it('split over sources value by value, are whole again, in whatever order', async () => {
    await fc.assert(
      fc.asyncProperty(tree, fc.infiniteStream(fc.nat(3)), async (whole, dice) => {
        const parts: Tree[][] = [[], [], [], []]
        for (const [path, value] of leaves(whole)) {
          parts[dice.next().value as number]?.push(
            path.reduceRight<unknown>((inner, key) => Object.fromEntries([[key, inner]]), value) as Tree,
          )
        }
        const configuration = await load(parts.flat())
        for (const [path, value] of leaves(whole)) expect(configuration.get(pathText(path))).toEqual(value)
      }),
      { numRuns: 60 },
    )
  })
})

/** The values that are no maps, with the keys that lead to each. */
function leaves(value: unknown, path: readonly string[] = []): readonly (readonly [readonly string[], unknown])[] {
  return isMap(value) ? Object.keys(value).flatMap(key => leaves(own(value, key), [...path, key])) : [[path, value]]
}

function sorted(value: unknown): unknown {
  if (!isMap(value)) return value
  return Object.keys(value)
    .sort()
    .map(key => [key, sorted(own(value, key))])
}

describe('keys', () => {
  it('are read as they are written, whatever they hold', () => {
    const steps = fc.oneof(fc.nat(99), fc.string({ minLength: 1, unit: fc.constantFrom('a', '.', ' ', '-', '_', '9') }))
    fc.assert(
      fc.property(fc.array(steps, { minLength: 1 }), path => {
        expect(parsePath(pathText(path))).toEqual(path)
      }),
    )
  })
})
