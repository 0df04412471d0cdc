import { prove, provenEachTime, UNREAD } from '../../benchmark/proof'
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
    sessions: [],
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

  it('takes a command that may come besides, and no other', async () => {
    const besides = { ...WRITE, besides: 'SET' }
    await doing(['BEGIN', 'SET', 'INSERT 0 1', 'COMMIT']).proven(besides)
    await expect(doing(['BEGIN', 'SET', 'INSERT 0 1', 'COMMIT']).proven(WRITE)).rejects.toThrow('BEGIN, SET')
    await expect(doing(['BEGIN', 'LOCK', 'INSERT 0 1', 'COMMIT']).proven(besides)).rejects.toThrow('BEGIN, LOCK')
  })

  it('takes the commands of several connections in any order, where the work has several', async () => {
    const two = { ...READ, commands: ['BEGIN', 'SELECT 1', 'COMMIT', 'SELECT 1'], order: 'any' } as const
    await doing(['SELECT 1', 'BEGIN', 'COMMIT', 'SELECT 1']).proven(two)
    await expect(doing(['SELECT 1', 'BEGIN', 'COMMIT']).proven(two)).rejects.toThrow('SELECT 1, BEGIN, COMMIT')
    await expect(
      doing(['SELECT 1', 'BEGIN', 'COMMIT', 'SELECT 1']).proven({ ...READ, commands: two.commands }),
    ).rejects.toThrow()
  })

  it('refuses a transaction without its end also where none is needed', async () => {
    await expect(doing(['BEGIN', 'SELECT 1']).proven(READ)).rejects.toThrow('BEGIN, SELECT 1')
  })
})

describe('the proof of each time', () => {
  it('answers what the variant answers, until that is wrong', async () => {
    const answers = ['right', 'right', 'wrong']
    const variant = provenEachTime({ name: 'it', run: async () => answers.shift() }, READ)
    expect([variant.name, await variant.run(), await variant.run()]).toEqual(['it', 'right', 'right'])
    await expect(variant.run()).rejects.toThrow('\'it\' does not do the work it is timed for: it answers "wrong".')
  })
})

describe('the proof that several callers do the work', () => {
  const insert = ['BEGIN', 'INSERT 0 1', 'COMMIT']

  /** Callers whose commands come in this order, each with its answer. */
  function together(commands: readonly string[], answers: readonly unknown[]): Promise<Traffic> {
    const observed = { sessions: [], clear: () => undefined, traffic: { commands, roundTrips: commands.length } }
    return prove({ name: 'it', run: async () => answers }, WRITE, observed, { callers: 2 })
  }

  it('takes their commands in any order', async () => {
    const mixed = ['BEGIN', 'BEGIN', 'INSERT 0 1', 'COMMIT', 'INSERT 0 1', 'COMMIT']
    expect((await together(mixed, ['right', 'right'])).commands).toEqual(mixed)
  })

  it.each([
    ['one caller’s work less', insert],
    ['one caller’s work more', [...insert, ...insert, ...insert]],
    ['a transaction for both', ['BEGIN', 'INSERT 0 1', 'INSERT 0 1', 'COMMIT']],
    ['a ROLLBACK', [...insert, 'BEGIN', 'INSERT 0 1', 'ROLLBACK']],
  ])('refuses %s', async (_what, commands) => {
    await expect(together(commands, ['right', 'right'])).rejects.toThrow('it made the database do')
  })

  it.each([[['right']], [['right', 'wrong']], [['right', 'right', 'right']], ['right']])(
    'refuses the answers %j',
    async answers => {
      await expect(together([...insert, ...insert], answers as readonly unknown[])).rejects.toThrow('it answers')
    },
  )

  it('refuses a caller that waits for ever, and fails as a caller fails', async () => {
    const observed = { sessions: [], clear: () => undefined, traffic: { commands: [], roundTrips: 0 } }
    const proven = (run: () => Promise<unknown>) => prove({ name: 'it', run }, WRITE, observed, { patienceMs: 1 })
    await expect(proven(() => new Promise(() => undefined))).rejects.toThrow('it still waits after 1 ms')
    await expect(proven(() => Promise.reject(new Error('no connection')))).rejects.toThrow('no connection')
  })
})

describe('a floor', () => {
  const observed = (commands: readonly string[]) => ({
    sessions: [],
    clear: () => undefined,
    traffic: { commands, roundTrips: 1 },
  })
  const run = async (): Promise<unknown> => UNREAD

  it('answers nothing, but must have the database do the work', async () => {
    const floor = { name: 'a socket', run, floor: true } as const
    await expect(prove(floor, READ, observed(['SELECT 1']))).resolves.toMatchObject({ roundTrips: 1 })
    await expect(prove(floor, READ, observed([]))).rejects.toThrow('it made the database do nothing.')
    await expect(prove({ ...floor, run: async () => 'wrong' }, READ, observed(['SELECT 1']))).rejects.toThrow('wrong')
  })

  it('is nothing that anybody else may be', async () => {
    await expect(prove({ name: 'it', run }, READ, observed(['SELECT 1']))).rejects.toThrow('does not do the work')
  })
})
