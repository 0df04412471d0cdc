import type { AmbitError } from '../core/ambit-error'
import type { Class } from '../core/metadata'
import { allDeclarations } from './declaration'
import { notAMethod } from './not-a-method'
import { unknownDataSource } from './transaction-managers'

/** What is wrong with the boundaries that a class declares, where only a whole class or application can tell. */
export function boundaryProblems(target: Class, dataSources: readonly string[]): readonly AmbitError[] {
  return [...allDeclarations(target)].flatMap(([member, { dataSource = 'default' }]) => {
    const label = member === 'class' ? target.name : `${target.name}.${String(member)}`
    return [
      ...(member === 'class' || isMethod(target, member) ? [] : [notAMethod(label)]),
      ...(dataSources.includes(dataSource) ? [] : [unknownDataSource(dataSource, label, dataSources)]),
    ]
  })
}

/** Of the objects or of the class itself; a declared query is one too, once its decorator has run. */
function isMethod(target: Class, member: PropertyKey): boolean {
  return [target.prototype as object, target].some(start => typeof valueOf(start, member) === 'function')
}

/** Without running an accessor. */
function valueOf(start: object, member: PropertyKey): unknown {
  for (let level: object | null = start; level !== null; level = Object.getPrototypeOf(level) as object | null) {
    const found = Object.getOwnPropertyDescriptor(level, member)
    if (found) return found.value
  }
  return undefined
}
