import { EventEmitter, once } from 'node:events'
import { transactional } from 'ambit'
import fc from 'fast-check'
import { endsResponse } from '../../../../src/data-source/postgres/wire/messages'
import { rowCells } from '../../../../src/data-source/postgres/wire/row-cells'
import { type RowSink, RowTap } from '../../../../src/data-source/postgres/wire/row-tap'
import { postgresWorld } from '../../harness'
import { behindOurBack, fixed, send } from '../statements'
import { type Cell, dataRow, message, READY } from './backend-messages'

// Rows are read before pg's parser sees them: whatever comes in whatever pieces, nothing may be lost, doubled or disordered.

/** A stream that a parser listens to, with the tap in front of it. */
class Tapped implements RowSink {
  readonly stream = new EventEmitter()
  readonly tap: RowTap
  readonly passed: Buffer[] = []
  readonly order: string[] = []
  readonly rows: Cell[][] = []

  constructor() {
    this.stream.on('data', (chunk: Buffer) => {
      this.passed.push(Buffer.from(chunk))
      if (chunk.length > 0) this.order.push('pg')
    })
    this.tap = RowTap.of(this.stream)
    this.come(READY)
    this.passed.length = 0
    this.order.length = 0
  }

  takeRow(row: Parameters<RowSink['takeRow']>[0]): void {
    this.rows.push(rowCells(row))
    this.order.push('row')
  }

  come(chunk: Uint8Array): void {
    this.stream.emit('data', Buffer.from(chunk))
  }

  get bytes(): Buffer {
    return Buffer.concat(this.passed)
  }
}

const cell = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.string({ minLength: 900, maxLength: 1_200 }))
const cells: fc.Arbitrary<Cell[]> = fc.array(fc.option(cell), { maxLength: 6 })
const row = cells.map(of => ({ letter: 'D', cells: of, bytes: dataRow(of) }))
const other = fc
  .tuple(fc.constantFrom('1', '2', 'C', 'N', 'A', 'S', 'T', 'Z', 'E', 'd'), fc.uint8Array({ maxLength: 40 }))
  .map(([letter, body]) => ({ letter, cells: undefined, bytes: message(letter, body) }))

/** Cuts bytes into pieces of the given lengths, over and over. */
function pieces(bytes: Buffer, lengths: readonly number[]): Buffer[] {
  const found: Buffer[] = []
  let from = 0
  for (let at = 0; from < bytes.length; at += 1) {
    const to = from + (lengths[at % lengths.length] ?? 1)
    found.push(bytes.subarray(from, to))
    from = to
  }
  return found
}

const lengths = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 8 })

describe('a tap', () => {
  it('takes every row and passes everything else, in whatever pieces it comes', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(row, other), { maxLength: 12 }), lengths, (messages, each) => {
        const tapped = new Tapped()
        tapped.tap.sink = tapped
        for (const piece of pieces(Buffer.concat(messages.map(({ bytes }) => bytes)), each)) tapped.come(piece)
        expect(tapped.rows).toEqual(messages.flatMap(({ cells: of }) => (of === undefined ? [] : [of])))
        const others = messages.filter(({ letter }) => letter !== 'D')
        expect(tapped.bytes).toEqual(Buffer.concat(others.map(({ bytes }) => bytes)))
      }),
      { numRuns: 500 },
    )
  })

  it('gives rows to pg where nobody takes them, also such as have begun before', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(row, other), { maxLength: 12 }), lengths, fc.nat(20), (messages, each, until) => {
        const tapped = new Tapped()
        tapped.tap.sink = tapped
        const all = Buffer.concat(messages.map(({ bytes }) => bytes))
        pieces(all, each).forEach((piece, at) => {
          if (at === until) tapped.tap.sink = undefined
          tapped.come(piece)
        })
        const left = messages.filter(({ letter }) => letter === 'D').slice(tapped.rows.length)
        const others = messages.filter(message => message.letter !== 'D' || left.includes(message))
        expect(tapped.bytes).toEqual(Buffer.concat(others.map(({ bytes }) => bytes)))
      }),
      { numRuns: 500 },
    )
  })

  it('passes what is in front of a row before it gives the row away', () => {
    const tapped = new Tapped()
    tapped.tap.sink = tapped
    const [one, two] = [dataRow(['1']), dataRow(['2'])]
    const complete = message('C', Buffer.from('SELECT 1\0'))
    tapped.come(Buffer.concat([message('2', Buffer.alloc(0)), one, complete, two, READY]))
    expect(tapped.order).toEqual(['pg', 'row', 'pg', 'row', 'pg'])
  })

  it('gives pg the rows behind a message that was the last of their owner', () => {
    const tapped = new Tapped()
    tapped.tap.sink = tapped
    const take = tapped.takeRow.bind(tapped)
    // As an error behind the first row.
    tapped.takeRow = row => {
      take(row)
      tapped.tap.sink = undefined
    }
    tapped.come(Buffer.concat([dataRow(['1']), dataRow(['2']), READY]))
    expect(tapped.rows).toEqual([['1']])
    expect(tapped.bytes).toEqual(Buffer.concat([dataRow(['2']), READY]))
  })

  it('is put in behind the first chunk that ends a response, and not before', () => {
    const stream = new EventEmitter()
    const passed: Buffer[] = []
    const pg = (chunk: Buffer): void => void passed.push(chunk)
    stream.on('data', pg)
    RowTap.of(stream)
    const notice = message('N', Buffer.from('a notice, of which only a part has come'))
    for (const chunk of [dataRow(['1']), notice.subarray(0, 9), notice.subarray(9), READY.subarray(0, 3)]) {
      stream.emit('data', chunk)
      expect(stream.listeners('data')).toContain(pg)
    }
    stream.emit('data', READY.subarray(3))
    stream.emit('data', Buffer.concat([message('C', Buffer.from('SELECT 1\0')), READY]))
    expect(stream.listeners('data')).toHaveLength(1)
    expect(stream.listeners('data')).not.toContain(pg)
    expect(Buffer.concat(passed).subarray(-6)).toEqual(READY)
    expect(RowTap.of(stream)).toBe(RowTap.of(stream))
  })

  it('is never put in where somebody else listens', () => {
    for (const late of [false, true]) {
      const stream = new EventEmitter()
      const listeners = [jest.fn(), jest.fn()] as const
      stream.on('data', listeners[0])
      if (!late) stream.on('data', listeners[1])
      const tap = RowTap.of(stream)
      if (late) stream.on('data', listeners[1])
      tap.sink = { takeRow: () => expect(1).toBe(2) }
      stream.emit('data', READY)
      stream.emit('data', dataRow(['1']))
      for (const listener of listeners) expect(listener).toHaveBeenCalledTimes(2)
      expect(stream.listeners('data')).toEqual(listeners)
    }
  })

  it('is never put in where there is no stream to be listened to', () => {
    expect(RowTap.of({}).sink).toBeUndefined()
  })
})

describe('the end of a response', () => {
  it.each<[string, Buffer, boolean]>([
    ['ReadyForQuery', READY, true],
    ['ReadyForQuery behind others', Buffer.concat([message('2', Buffer.alloc(0)), READY]), true],
    ['nothing', Buffer.alloc(0), false],
    ['a part of it', READY.subarray(0, 5), false],
    ['something behind it', Buffer.concat([READY, READY.subarray(0, 2)]), false],
    ['another message', message('C', Buffer.from('SELECT 1\0')), false],
    ['ReadyForQuery in another message', message('N', READY), false],
    ['no message at all', Buffer.from('xxxxxxxxxxxx'), false],
    ['a length that cannot be', Buffer.concat([Buffer.from([0x43, 0, 0, 0, 0]), READY]), false],
  ])('is %s', (_, bytes, is) => {
    expect(endsResponse(bytes)).toBe(is)
  })
})

describe('the cells of a row', () => {
  const whole = (bytes: Buffer): ReturnType<typeof rowCells> => rowCells({ bytes, start: 5, end: bytes.length })

  it('are what their bytes say in UTF-8', () => {
    fc.assert(
      fc.property(cells, of => {
        const texts = of.map(cell => (cell === null ? null : Buffer.from(cell).toString('utf8')))
        expect(whole(dataRow(of))).toEqual(texts)
      }),
      { numRuns: 1_000 },
    )
  })

  it('may be as many as a row can have, empty, null, and longer than any buffer', () => {
    const many = Array.from({ length: 1_664 }, (_, at) => (at % 3 === 0 ? null : at % 3 === 1 ? '' : String(at)))
    expect(whole(dataRow(many))).toEqual(many)
    const long = ['x'.repeat(1_000_000), 'é'.repeat(500_000), null, '']
    expect(whole(dataRow(long))).toEqual(long)
  })
})

describe('on a connection', () => {
  const it1 = postgresWorld({ settings: { poolSize: 1, prepare: 'named' } })
  const NUMBERS = fixed(
    `SELECT n, 'é' || repeat('x', n) AS t FROM generate_series(1, 3) n WHERE n >= $1 ORDER BY n`,
    ['n', 't'],
    { shares: true },
  )

  /** pg's connection, and how many rows it has been told of. */
  async function connection(): Promise<{ readonly emitter: EventEmitter; readonly told: () => number }> {
    await send(it1.world.dataSource, NUMBERS, 1)
    const runner = it1.world.dataSource.createQueryRunner()
    const client = (await runner.connect()) as { connection: EventEmitter }
    await runner.release()
    let told = 0
    client.connection.on('dataRow', () => (told += 1))
    return { emitter: client.connection, told: () => told }
  }

  it('the rows of fixed statements do not come to pg, and all others do', async () => {
    const { told } = await connection()
    const { rows } = await send(it1.world.dataSource, NUMBERS, 1)
    expect(rows).toEqual([1, 2, 3].map(n => ({ n, t: `é${'x'.repeat(n)}` })))
    expect(told()).toBe(0)
    expect(await it1.world.dataSource.query('SELECT generate_series(1, 2) AS n')).toEqual([{ n: 1 }, { n: 2 }])
    expect(told()).toBe(2)
    expect((await send(it1.world.dataSource, NUMBERS, 3)).rows).toHaveLength(1)
    expect(told()).toBe(2)
  })

  it('notices and notifications between rows come to whom they are for', async () => {
    const { emitter } = await connection()
    await it1.world.database.query(`CREATE FUNCTION tells(n int) RETURNS int LANGUAGE plpgsql AS
      $$ BEGIN RAISE NOTICE 'row %', n; RETURN n; END $$`)
    await behindOurBack(it1.world.dataSource, 'LISTEN heard')
    const notices: string[] = []
    emitter.on('notice', ({ message: text }: { message: string }) => notices.push(text))
    const told = once(emitter, 'notification')
    const TELLING = fixed('SELECT tells(n) AS n FROM generate_series(1, 3) n', ['n'])
    await it1.world.database.query("NOTIFY heard, 'ReadyForQuery'")
    expect((await send(it1.world.dataSource, TELLING)).rows).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }])
    expect(notices).toEqual(['row 1', 'row 2', 'row 3'])
    expect(await told).toMatchObject([{ channel: 'heard', payload: 'ReadyForQuery' }])
  })

  it('a row that no string can hold fails its statement alone, and neither the process nor the connection', async () => {
    await connection()
    const original = Reflect.get(Buffer.prototype, 'toString') as (...args: unknown[]) => string
    let rows = 0
    const spy = jest.spyOn(Buffer.prototype, 'toString').mockImplementation(function (this: Buffer, ...args) {
      // The second row of the statement: those of pg are no latin1.
      if (args[0] === 'latin1' && args[1] !== undefined && (rows += 1) === 2)
        throw new RangeError('longer than any string')
      return original.apply(this, args)
    })
    const ASCII = fixed('SELECT n FROM generate_series(1, 3) n', ['n'], { shares: true })
    try {
      await expect(send(it1.world.dataSource, ASCII)).rejects.toThrow('longer than any string')
      await expect(transactional({}, () => send(it1.world.dataSource, ASCII))).resolves.toMatchObject({
        rows: [{ n: 1 }, { n: 2 }, { n: 3 }],
      })
    } finally {
      spy.mockRestore()
    }
    expect(it1.world.pool.totalCount).toBe(1)
  })

  it('a statement that fails behind rows has answered none, and the next one is answered', async () => {
    await connection()
    const FAILING = fixed('SELECT 1 / (2 - n) AS n FROM generate_series(1, 3) n', ['n'])
    await expect(send(it1.world.dataSource, FAILING)).rejects.toThrow('division by zero')
    expect((await send(it1.world.dataSource, NUMBERS, 2)).rows).toHaveLength(2)
  })
})
