import type { Graph } from './graphs'
import { type Class, classAt, type Program } from './library'

/** What stands for an object that is not the one it should be. */
const STRANGER = -1

/**
 * What somebody who asks for each class gets, as the graph that it is: whose objects each object holds. Right for objects
 * that are made once each, and only if each of them is of its class.
 */
export function wiringOf(program: Program, get: (number: number) => unknown): Graph {
  const objects = program.classes.map((_, number) => get(number))
  const numbers = new Map(objects.map((object, number) => [object, number]))
  return objects.map((object, number) => {
    if (!isExactly(object, classAt(program, number)) || numbers.get(object) !== number) return [STRANGER]
    return Object.values(object).map(held => numbers.get(held) ?? STRANGER)
  })
}

/** An object and all below it, itself first: the objects that it holds, in order, each with what those hold. */
export function below(object: object): readonly object[] {
  return [object, ...Object.values(object).filter(isObject).flatMap(below)]
}

/** The numbers of the classes of an object and of all below it. */
export function classesBelow(object: object): readonly number[] {
  return below(object).map(({ constructor: { name } }) => Number(/^C(\d+)$/.exec(name)?.[1] ?? STRANGER))
}

/** The numbers that {@link classesBelow} must find. */
export function numbersBelow(graph: Graph, number: number): readonly number[] {
  return [number, ...(graph[number] ?? []).flatMap(each => numbersBelow(graph, each))]
}

function isExactly(object: unknown, target: Class): object is object {
  return isObject(object) && Object.getPrototypeOf(object) === target.prototype
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
