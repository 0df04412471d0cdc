import { contractCase } from '../resource-under-test'

/** When BEGIN is sent, with what, and what a transaction takes before. */
export const BEGINNING = [
  contractCase('takes nothing and sends nothing until its first statement', async ({ port, open, sent, committed }) => {
    const transaction = open()
    expect(await committed()).toEqual([])
    expect(transaction.begun).toBe(false)
    expect(port.usage).toEqual({ connections: 0, waiting: 0 })
    expect(sent()).toEqual([])
  }),

  contractCase('commits an untouched one without a connection or a command', async ({ port, open, sent, told }) => {
    const transaction = open()
    expect(await transaction.commit()).toEqual({ kind: 'committed' })
    expect({ sent: sent(), told, usage: port.usage }).toEqual({
      sent: [],
      told: [],
      usage: { connections: 0, waiting: 0 },
    })
  }),

  contractCase('rolls an untouched one back without a connection or a command', async ({ open, sent, told }) => {
    await open().rollback()
    expect({ sent: sent(), told }).toEqual({ sent: [], told: [] })
  }),

  contractCase('sends BEGIN once, ahead of its first statement', async ({ port, open, write, read, sent }) => {
    const transaction = open()
    await write(transaction, 'a')
    expect(transaction.begun).toBe(true)
    expect(port.usage?.connections).toBe(1)
    await read(transaction)
    await write(transaction, 'b')
    await transaction.rollback()
    expect(sent()).toEqual(['BEGIN', 'WRITE', 'READ', 'WRITE', 'ROLLBACK'])
  }),

  contractCase('begin() sends BEGIN at once, and never twice', async ({ port, open, write, told }) => {
    const transaction = open()
    await transaction.begin()
    expect(told).toEqual([expect.stringMatching(/^BEGIN/)])
    expect({ begun: transaction.begun, held: port.usage?.connections }).toEqual({ begun: true, held: 1 })
    await transaction.begin()
    await write(transaction, 'a')
    expect(told).toHaveLength(1)
    expect(await transaction.commit()).toEqual({ kind: 'committed' })
  }),

  contractCase('a begun one without a statement ends as any other', async ({ open, sent }) => {
    const transaction = open()
    await transaction.begin()
    expect(await transaction.commit()).toEqual({ kind: 'committed' })
    expect(sent().filter(command => command !== 'READ')).toEqual(['BEGIN', 'COMMIT'])
  }),

  contractCase('tells isolation and readOnly to the database with BEGIN', async ({ open, read, told }) => {
    const transaction = open({ isolation: 'SERIALIZABLE', readOnly: true })
    await read(transaction)
    await transaction.rollback()
    const [begin] = told
    expect(begin).toMatch(/SERIALIZABLE/)
    expect(begin).toMatch(/READ ONLY/)
  }),

  contractCase('gives every isolation level that it names', async ({ port, open, write, read, committed }) => {
    for (const isolation of port.isolationLevels) {
      const transaction = open({ isolation })
      await write(transaction, isolation.replace(' ', '_'))
      await read(transaction)
      expect(await transaction.commit()).toEqual({ kind: 'committed' })
    }
    expect(await committed()).toHaveLength(port.isolationLevels.length)
    expect(port.isolationLevels).toContain(port.defaultIsolation)
  }),

  contractCase(
    'a BEGIN that fails fails the statement, stores nothing and keeps no connection',
    async stage => {
      const { port, open, write, committed } = stage
      const repair = await stage.breakBegin()
      const transaction = open({ waitTimeoutMs: 50 })
      await expect(write(transaction, 'a')).rejects.toBeDefined()
      await transaction.rollback()
      await repair()
      expect(port.usage).toEqual({ connections: 0, waiting: 0 })
      const next = open()
      await write(next, 'b')
      expect(await next.commit()).toEqual({ kind: 'committed' })
      expect(await committed()).toEqual(['b'])
    },
    { toldExactly: false },
  ),

  contractCase('a single select is answered, and what follows it can still be undone', async stage => {
    const { open, write, read, committed } = stage
    const transaction = open({ single: 'select', readOnly: false })
    expect(await read(transaction)).toEqual([])
    await write(transaction, 'a')
    expect(await read(transaction)).toEqual(['a'])
    await transaction.rollback()
    expect(await committed()).toEqual([])
  }),

  contractCase('a single select ends well by commit and by rollback', async ({ port, open, read }) => {
    for (const end of ['commit', 'rollback'] as const) {
      const transaction = open({ single: 'select', readOnly: true })
      await read(transaction)
      await transaction[end]()
      expect(port.usage).toEqual({ connections: 0, waiting: 0 })
    }
  }),
]
