import type { CellParser } from '../../data-source/statements/fixed-statement'
import { cellValue, type EmbeddedObject, type Hydration, type HydrationStep } from './hydration'
import type { EntityReader } from './row-reader'

type Cells = readonly unknown[]
type Bag = Record<string, unknown>

/** A reader made of closures, for where code generation is forbidden. */
export function closureReader(hydration: Hydration, parsers: readonly CellParser[] | undefined): EntityReader {
  const { steps, skipsEmpty } = hydration
  const construct = constructorOf(hydration)
  const setters = steps.map(step => setterOf(step, parsers?.[step.cell]))
  return cells => {
    if (skipsEmpty && steps.every(({ cell }) => cells[cell] === null)) return undefined
    const entity = construct()
    for (const set of setters) set(entity, cells)
    return entity
  }
}

function constructorOf({ construct }: Hydration): () => Bag {
  if (construct.kind === 'literal') return () => ({})
  if (construct.kind === 'prototype') return () => Object.create(construct.prototype) as Bag
  return () => new construct.target() as Bag
}

function setterOf(step: HydrationStep, parse: CellParser | undefined): (entity: Bag, cells: Cells) => void {
  const { cell, property, owners } = step
  return (entity, cells) => {
    const made = cellValue(step, cells[cell], parse)
    ownerOf(entity, owners)[property] = made
  }
}

function ownerOf(entity: Bag, owners: readonly EmbeddedObject[]): Bag {
  let at = entity
  for (const { property, create } of owners) at = (at[property] ??= create()) as Bag
  return at
}
