import fc from 'fast-check'
import { propertyPathsOf } from '../../../src/query/ast/conditions'
import { printOrder, printPredicate, printQuery } from '../../../src/query/ast/print-query'
import { parseSort, parseWhere } from '../../../src/query/parser/parse-where'
import { orderTerm, predicate } from '../support/arbitrary-query'

/** Properties that are called like a word, those of a collection's elements among them. */
const WORD = /(?:^|\.)(?:in|is|like|between|ignore|case)(?:\.|$)/
const DEEP = { maxDepth: 500 } as const

describe('a query tree', () => {
  it('is read back as an equal tree from its printed text', () => {
    fc.assert(
      fc.property(predicate, tree => {
        expect(parseWhere(printPredicate(tree), DEEP).predicate).toEqual(tree)
      }),
      { numRuns: 500 },
    )
  })

  it('prints to the same text again after it was read: the text is canonical', () => {
    fc.assert(
      fc.property(predicate, tree => {
        const text = printPredicate(tree)
        expect(printQuery(parseWhere(text, DEEP).predicate)).toBe(text)
      }),
      { numRuns: 200 },
    )
  })

  it('survives with its order', () => {
    fc.assert(
      fc.property(fc.option(predicate, { nil: undefined }), fc.array(orderTerm, { minLength: 1 }), (tree, order) => {
        expect(parseWhere(printQuery(tree, order), DEEP)).toEqual({ predicate: tree, order })
      }),
      { numRuns: 200 },
    )
  })

  it('is read the same in upper case keywords and with other white space', () => {
    fc.assert(
      fc.property(predicate, tree => {
        const text = printPredicate(tree)
        const spaced = text.replace(
          / (and|or|in|is|not|null|like|between|ignore|case) /g,
          word => `\n\t${word.toUpperCase()}\u00a0`,
        )
        fc.pre(!/['`]/.test(text) && !propertyPathsOf(tree).some(path => WORD.test(path)))
        expect(parseWhere(spaced, DEEP).predicate).toEqual(tree)
      }),
      { numRuns: 200 },
    )
  })
})

it('an order is read back from its printed text', () => {
  fc.assert(
    fc.property(fc.array(orderTerm, { minLength: 1 }), order => {
      expect(parseSort(printOrder(order))).toEqual(order)
    }),
  )
})
