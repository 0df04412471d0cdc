import { prove } from '../../benchmark/proof'
import type { Traffic } from '../../benchmark/wire-tap'
import type { Proof } from '../../benchmark/workloads/workload'

const READ: Proof = { answers: result => result === 'right', commands: ['SELECT 1'], transaction: 'optional' }
const WRITE: Proof = { ...READ, commands: ['INSERT 0 1'], transaction: 'required' }

/** A variant whose calls make the database do something, one list of commands per call. */
function doing(...calls: readonly (readonly string[])[]): { proven: (proof: Proof) => Promise<Traffic> } {
  let commands: string[] = []
  let made = 0
  const run = async (): Promise<string> => {
    commands.push(...(calls[Math.min(made, calls.length - 1)] ?? []))
    made += 1
    return 'right'
  }
  const observed = {
    clear: () => {
      commands = []
    },
    get traffic() {
      return { commands, roundTrips: commands.length }
    },
  }
  return { proven: proof => prove({ name: 'it', run }, proof, observed) }
}

describe('the proof that a variant does the work', () => {
  it('answers what one warm call sent: the first call may prepare and connect', async () => {
    const traffic = await doing(['SET', 'SELECT 1'], ['SELECT 1']).proven(READ)
    expect(traffic).toEqual({ commands: ['SELECT 1'], roundTrips: 1 })
  })

  it('takes a transaction where it may be, in either spelling', async () => {
    await doing(['BEGIN', 'SELECT 1', 'COMMIT']).proven(READ)
    const { commands } = await doing(['START TRANSACTION', 'INSERT 0 1', 'COMMIT']).proven(WRITE)
    expect(commands).toEqual(['BEGIN', 'INSERT 0 1', 'COMMIT'])
  })

  it.each([
    ['no BEGIN', ['INSERT 0 1'], 'INSERT 0 1'],
    ['no COMMIT', ['BEGIN', 'INSERT 0 1'], 'BEGIN, INSERT 0 1'],
    ['a ROLLBACK', ['BEGIN', 'INSERT 0 1', 'ROLLBACK'], 'BEGIN, INSERT 0 1, ROLLBACK'],
    ['no row', ['BEGIN', 'INSERT 0 0', 'COMMIT'], 'BEGIN, INSERT 0 0, COMMIT'],
    ['one row too many', ['BEGIN', 'INSERT 0 1', 'INSERT 0 1', 'COMMIT'], 'BEGIN, INSERT 0 1, INSERT 0 1, COMMIT'],
    ['nothing', [], 'nothing'],
  ])('refuses %s', async (_what, commands, told) => {
    await expect(doing(commands).proven(WRITE)).rejects.toThrow(
      `'it' does not do the work it is timed for: it made the database do ${told}.`,
    )
  })

  it('refuses a wrong answer', async () => {
    const wrong = { ...READ, answers: (result: unknown) => result === 'other' }
    await expect(doing(['SELECT 1']).proven(wrong)).rejects.toThrow('it answers "right".')
  })

  it('refuses a transaction without its end also where none is needed', async () => {
    await expect(doing(['BEGIN', 'SELECT 1']).proven(READ)).rejects.toThrow('BEGIN, SELECT 1')
  })
})
