import { LoanGate } from '../../../src/data-source/sqlite/loan-gate'
import { settled } from './harness'

const request = { who: 'Test', timeoutMs: 1_000, signal: undefined }
const late = (): Error => new Error('late')

describe('a loan gate', () => {
  it('lets statements in without a promise while nothing is lent, also inside each other', () => {
    const gate = new LoanGate()
    expect(gate.enter(request, late)).toBeUndefined()
    expect(gate.enter(request, late)).toBeUndefined()
    gate.leave()
    gate.leave()
    expect(gate.lent).toBe(false)
  })

  it('lends at once when no statement runs, else when the last one has left', async () => {
    const gate = new LoanGate()
    void gate.enter(request, late)
    void gate.enter(request, late)
    let lent = false
    const lending = Promise.resolve(gate.lend(request, late)).then(() => {
      lent = true
    })
    gate.leave()
    await settled()
    expect(lent).toBe(false)
    gate.leave()
    // Lent before the borrower has even woken up: no statement can slip in.
    expect(gate.lent).toBe(true)
    await lending
    expect(gate.enter(request, late)).toBeInstanceOf(Promise)
    gate.endLoan()
    await settled()
  })

  it('lets the statements that waited in before the next borrower', async () => {
    const gate = new LoanGate()
    await gate.lend(request, late)
    const order: string[] = []
    const next = Promise.resolve(gate.lend(request, late)).then(() => order.push('borrower'))
    const statement = gate.enter(request, late)?.then(() => order.push('statement'))
    gate.endLoan()
    await statement
    await settled()
    expect(order).toEqual(['statement'])
    gate.leave()
    await next
    expect(order).toEqual(['statement', 'borrower'])
    gate.endLoan()
  })

  it('forgets those who left the line', async () => {
    const gate = new LoanGate()
    await gate.lend(request, late)
    await expect(gate.enter({ ...request, timeoutMs: 5 }, late)).rejects.toThrow('late')
    await expect(gate.lend({ ...request, timeoutMs: 5 }, late)).rejects.toThrow('late')
    gate.endLoan()
    expect(gate.lent).toBe(false)
    expect(gate.enter(request, late)).toBeUndefined()
    gate.leave()
  })

  it('serves many borrowers in order', async () => {
    const gate = new LoanGate()
    const order: number[] = []
    await Promise.all(
      Array.from({ length: 32 }, async (_, index) => {
        await gate.lend(request, late)
        order.push(index)
        await settled()
        gate.endLoan()
      }),
    )
    expect(order).toEqual(Array.from({ length: 32 }, (_, index) => index))
  })
})
