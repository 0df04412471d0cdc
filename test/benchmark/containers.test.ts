import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { libraryNamed, LIBRARIES } from '../../benchmark/containers/all'
import { inFreshProcess } from '../../benchmark/containers/fresh-process'
import { type Graph, isTree, LAYERS, TOP, TOP_LAYER, TREE } from '../../benchmark/containers/graphs'
import type { Class, Declare, Program, Style } from '../../benchmark/containers/library'
import { programFile } from '../../benchmark/containers/program'
import { below, classesBelow, numbersBelow, wiringOf } from '../../benchmark/containers/wiring'
import { CONTAINERS } from '../../benchmark/peers/containers'
import { load } from '../../benchmark/peers/packages'
import { prove } from '../../benchmark/proof'
import { StatementTally } from '../../benchmark/statement-tally'
import { workloadNamed } from '../../benchmark/workloads/all'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ambit-bench-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let files = 0

function programOf(graph: Graph, style: Style, decorator: () => (target: Class) => void = () => () => undefined) {
  files += 1
  const { declare } = load(programFile(folder, { name: `test ${files}`, graph, style })) as { declare: Declare }
  return declare(decorator)
}

/** As a library that knows the numbers would make the objects. */
function made({ classes }: Program, graph: Graph): object[] {
  const objects: object[] = []
  for (const [number, target] of classes.entries()) {
    const needs = (graph[number] ?? []).map(need => objects[need])
    objects.push(new (target as new (...needs: unknown[]) => object)(...needs))
  }
  return objects
}

describe('the graphs', () => {
  it.each([
    ['the tree', TREE, 100, [TOP]],
    ['the layers', LAYERS, 500, TOP_LAYER],
  ])('%s: everybody takes earlier ones, and who has the top has all', (_what, graph, size, top) => {
    expect(graph).toHaveLength(size)
    expect(graph.every((needs, number) => needs.every(need => need >= 0 && need < number))).toBe(true)
    expect(new Set(top.flatMap(number => numbersBelow(graph, number))).size).toBe(size)
    const taken = new Set(graph.flat())
    expect(graph.flatMap((_, number) => (taken.has(number) ? [] : [number]))).toEqual(top)
  })

  it('the tree is one, the layers are none, and no class takes another twice', () => {
    expect([isTree(TREE), isTree(LAYERS)]).toEqual([true, false])
    expect(LAYERS.filter(needs => new Set(needs).size !== needs.length)).toEqual([])
    expect(LAYERS.flat()).toHaveLength(1_350)
  })
})

describe('a program', () => {
  const graph: Graph = [[], [], [0, 1], [2]]

  it('that is plain has its objects made by hand, each once, or as a tree', () => {
    const program = programOf(graph, 'plain')
    const objects = program.build?.() ?? []
    expect(wiringOf(program, number => objects[number])).toEqual(graph)
    expect(program.tree && classesBelow(program.tree())).toEqual([3, 2, 0, 1])
    expect(programOf([[], [0], [0, 1]], 'plain').tree).toBeUndefined()
  })

  it('that is decorated has a decorator of its own, and the types of its parameters, on each class', () => {
    const bearers: Class[] = []
    const { classes, build, tree } = programOf(graph, 'decorated', () => target => void bearers.push(target))
    expect(bearers).toEqual(classes)
    const types = classes.map((target): unknown => Reflect.getMetadata('design:paramtypes', target))
    expect(types).toEqual([undefined, undefined, [classes[0], classes[1]], [classes[2]]])
    expect([build, tree]).toEqual([undefined, undefined])
  })

  it('that is destructured takes what it needs by name', () => {
    const [, , third] = programOf(graph, 'destructured').classes as (new (needs: object) => object)[]
    expect(third && { ...new third({ c1: 'one', c0: 'zero' }) }).toEqual({ a0: 'zero', a1: 'one' })
  })

  it('is written once for each name', () => {
    const file = programFile(folder, { name: 'kept', graph, style: 'plain' })
    writeFileSync(file, 'changed')
    expect(programFile(folder, { name: 'kept', graph: [], style: 'plain' })).toBe(file)
    expect(programFile(folder, { name: 'other', graph, style: 'plain' })).not.toBe(file)
  })
})

describe('the wiring', () => {
  const graph: Graph = [[], [0], [0, 1]]
  const seen = (change: (objects: object[], program: Program) => void): Graph => {
    const program = programOf(graph, 'plain')
    const objects = made(program, graph)
    change(objects, program)
    return wiringOf(program, number => objects[number])
  }

  it('is the graph where each object is the only one of its class', () => {
    expect(seen(() => undefined)).toEqual(graph)
  })

  it.each<readonly [string, (objects: object[], program: Program) => void, Graph]>([
    [
      'another object of the right class',
      (objects, { classes }) => Object.assign(objects[2] ?? {}, { a0: make(classes[0]) }),
      [[], [0], [-1, 1]],
    ],
    ['an object of the wrong class', (objects, { classes }) => (objects[0] = make(classes[1])), [[-1], [-1], [-1, 1]]],
    ['one object for two classes', objects => (objects[1] = objects[2] ?? {}), [[], [-1], [0, -1]]],
    ['an object that is missing', objects => (objects[0] = undefined as never), [[-1], [-1], [-1, 1]]],
    ['what was left out', objects => delete (objects[2] as { a1?: object }).a1, [[], [0], [0]]],
    ['what is too much', objects => Object.assign(objects[0] ?? {}, { more: {} }), [[-1], [0], [0, 1]]],
    ['a subclass', (objects, { classes }) => (objects[0] = make(subclass(classes[0]))), [[-1], [-1], [-1, 1]]],
  ])('shows %s', (_what, change, expected) => {
    expect(seen(change)).toEqual(expected)
  })

  function make(target: Class | undefined): object {
    return new (target ?? Object)()
  }

  function subclass(target: Class | undefined): Class {
    return class extends (target as new () => object) {}
  }
})

describe('the proof of a container', () => {
  const proven = (name: 'container-transient' | 'container-singleton' | 'container-boot', result: unknown) =>
    prove({ name: 'it', run: async () => result }, workloadNamed(name).proof, new StatementTally())
  const tree = (): object => {
    const { tree } = programOf(TREE, 'plain')
    return tree?.() ?? {}
  }
  const emptied = (object: object): object => {
    Object.assign(below(object)[1] ?? {}, { a0: undefined })
    return object
  }

  it('takes two trees where all is made anew, and the same one twice where it is kept', async () => {
    const one = tree()
    await proven('container-transient', [one, tree()])
    await proven('container-singleton', [one, one])
    await proven('container-boot', { milliseconds: {}, wiring: LAYERS })
  })

  it.each<readonly [string, Parameters<typeof proven>[0], () => unknown]>([
    ['the same tree twice', 'container-transient', () => Array<object>(2).fill(tree())],
    [
      'trees that share an object',
      'container-transient',
      () => [tree(), tree()].map((each, _, [first]) => Object.assign(each, { a0: (first as { a0: object }).a0 })),
    ],
    ['a tree with less', 'container-transient', () => [tree(), emptied(tree())]],
    ['one tree', 'container-transient', () => [tree()]],
    ['a promise', 'container-transient', () => [Promise.resolve(), Promise.resolve()]],
    ['another tree', 'container-singleton', () => [tree(), tree()]],
    ['the same with less', 'container-singleton', () => Array<object>(2).fill(emptied(tree()))],
    ['nothing', 'container-singleton', () => [undefined, undefined]],
    ['nothing', 'container-boot', () => undefined],
    ['a start with one object less', 'container-boot', () => ({ milliseconds: {}, wiring: LAYERS.slice(1) })],
    ['a start with a stranger', 'container-boot', () => ({ milliseconds: {}, wiring: LAYERS.with(300, [-1, 1, 2]) })],
  ])('refuses %s: %s', async (_what, name, result) => {
    await expect(proven(name, result())).rejects.toThrow('it answers')
  })
})

describe('the libraries', () => {
  it('are peers by the same names, the first of which is what they are compared with', () => {
    expect(CONTAINERS.map(({ name, role }) => [name, role])).toEqual(
      LIBRARIES.map(({ name }, index) => [name, index === 0 ? 'base' : 'member']),
    )
    expect(() => libraryNamed('nobody')).toThrow("there is no library 'nobody'")
  })

  it('by hand only the top of a tree is made anew', async () => {
    const { start } = libraryNamed('plain new').load(load)
    const { getter } = await start(programOf(TREE, 'plain'), { lifetime: 'transient', top: [TOP] })
    expect(() => getter(TOP - 1)).toThrow('only the top of a tree is made by hand')
    expect(getter(TOP)()).not.toBe(getter(TOP)())
  })
})

describe('a fresh process', () => {
  it('fails with what the program says, and with what nobody knows', async () => {
    const file = join(folder, 'broken.js')
    writeFileSync(file, "exports.declare = () => { throw new Error('no classes today') }")
    await expect(inFreshProcess(folder, 'plain new', file)).rejects.toThrow('no classes today')
    await expect(inFreshProcess(folder, 'nobody', file)).rejects.toThrow("there is no library 'nobody'")
  })

  it('finds the wiring that is there, not the one that should be', async () => {
    const graph = LAYERS.map((needs, number) => (number === 450 ? needs.slice(1) : needs))
    const file = programFile(folder, { name: 'one less', graph, style: 'plain' })
    expect(await inFreshProcess(folder, 'plain new', file)).toMatchObject({ wiring: graph })
  })
})
