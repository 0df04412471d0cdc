import { ambit } from './ambit'
import { awilix } from './awilix'
import { byHand } from './by-hand'
import { inversify } from './inversify'
import type { Library } from './library'
import { nest } from './nest'
import { tsyringe } from './tsyringe'

/** In the order of the tables: what the others are compared with first. */
export const LIBRARIES: readonly Library[] = [byHand, tsyringe, awilix, inversify, nest, ambit]

export function libraryNamed(name: string): Library {
  const found = LIBRARIES.find(library => library.name === name)
  if (found === undefined) throw new Error(`there is no library '${name}'`)
  return found
}
