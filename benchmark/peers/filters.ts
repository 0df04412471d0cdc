import { chevrotainReader } from '../filters/chevrotain'
import { nearleyReader } from '../filters/nearley'
import { peggyReader } from '../filters/peggy'
import { ambitReader, LONG, type Reader, SHORT } from '../filters/texts'
import { load } from './packages'
import type { Peer } from './peer'

/** Those that read filters: parsers that are generated from a grammar, and Ambit's, which is written by hand. */
export const FILTERS: readonly Peer[] = [
  peer('chevrotain', ['chevrotain'], () => chevrotainReader(load)),
  peer('peggy', ['peggy'], () => peggyReader(load)),
  peer('nearley', ['nearley', 'moo'], () => nearleyReader(load)),
  peer('Ambit', [], () => ambitReader),
]

function peer(name: string, packages: readonly string[], make: () => Reader): Peer {
  return {
    name,
    engine: 'none',
    role: 'member',
    packages,
    async open() {
      const read = make()
      const reading = (text: string) => [{ name, run: async () => read(text), atOnce: () => read(text) }]
      return {
        variants: { 'filter-short': reading(SHORT), 'filter-long': reading(LONG) },
        close: async () => undefined,
      }
    },
  }
}
