import { EventEmitter } from 'node:events'
import fc from 'fast-check'
import { Connection } from 'pg'
import { rowCells } from '../../../../src/data-source/postgres/wire/row-cells'
import { type RowSink, RowTap } from '../../../../src/data-source/postgres/wire/row-tap'
import { type Cell, dataRow, message, READY } from './backend-messages'

// pg's own parser behind the tap: between the two, each message is heard once and in its order, whoever takes rows meanwhile.

interface Message {
  readonly name: string
  readonly fields?: readonly Cell[]
}

/** What is heard of a stream: rows by whoever has them, all else from pg's parser. */
class Heard implements RowSink {
  readonly stream = new EventEmitter()
  readonly all: string[] = []
  /** Called behind each message, where somebody may begin to take rows, or end. */
  #next: () => void = () => undefined

  constructor() {
    const connection = new Connection({ stream: this.stream } as never) as unknown as EventEmitter & {
      attachListeners(stream: EventEmitter): void
    }
    connection.attachListeners(this.stream)
    connection.on('message', ({ name, fields }: Message) => {
      this.#hear(name === 'dataRow' ? JSON.stringify(fields) : name)
    })
  }

  takeRow(row: Parameters<RowSink['takeRow']>[0]): void {
    this.#hear(JSON.stringify(rowCells(row)))
  }

  tap(turns: Iterable<'take' | 'leave' | 'stay'>): this {
    const tap = RowTap.of(this.stream)
    tap.sink = this
    this.stream.emit('data', READY)
    this.all.length = 0
    const each = turns[Symbol.iterator]()
    this.#next = () => {
      const turn = each.next().value as unknown
      if (turn === 'take') tap.sink = this
      if (turn === 'leave') tap.leave(this)
    }
    return this
  }

  come(bytes: Buffer, lengths: readonly number[]): string[] {
    for (let from = 0, at = 0; from < bytes.length; at += 1) {
      const to = from + (lengths[at % lengths.length] ?? 1)
      // A copy: pg's parser keeps what it is given, and writes to it.
      this.stream.emit('data', Buffer.from(bytes.subarray(from, to)))
      from = to
    }
    return this.all
  }

  #hear(text: string): void {
    this.all.push(text)
    this.#next()
  }
}

const row = fc.array(fc.option(fc.string({ unit: 'binary', maxLength: 30 })), { maxLength: 4 }).map(dataRow)
const other = fc.constantFrom(
  message('2'),
  message('C', 'SELECT 1\0'),
  message('s'),
  message('N', 'SNOTICE\0Mtold\0\0'),
  message('A', '\0\0\0\x01heard\0what\0'),
  READY,
)
const messages = fc.array(fc.oneof(row, row, other), { maxLength: 25 })
const lengths = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 6 })
const turns = fc.infiniteStream(fc.constantFrom('take', 'leave', 'stay'))

it("is told what it would be told without the tap, but the rows that are somebody's", () => {
  fc.assert(
    fc.property(messages, lengths, turns, (sent, each, whose) => {
      const bytes = Buffer.concat(sent)
      expect(new Heard().tap(whose).come(bytes, each)).toEqual(new Heard().come(bytes, each))
    }),
    { numRuns: 1_000 },
  )
})

it('two copies of the module stand one behind the other, and each takes its own rows', () => {
  const heard = new Heard().tap([])
  let Other = RowTap
  jest.isolateModules(() => {
    // A registry of its own, as each test file of jest has, and each copy of a package that is installed twice.
    Other = jest.requireActual<{ RowTap: typeof RowTap }>('../../../../src/data-source/postgres/wire/row-tap').RowTap
  })
  expect(Other).not.toBe(RowTap)
  const [first, second] = [RowTap.of(heard.stream), Other.of(heard.stream)]
  heard.stream.emit('data', READY)
  first.leave(heard)
  const taken: Record<'first' | 'second', Cell[][]> = { first: [], second: [] }
  const bytes = Buffer.concat([message('2'), dataRow(['1', null]), message('C', 'SELECT 1\0'), READY])
  for (const [tap, name] of [[first, 'first'] as const, [second, 'second'] as const, [first, 'first'] as const]) {
    const sink = { takeRow: (of: Parameters<RowSink['takeRow']>[0]) => void taken[name].push(rowCells(of)) }
    heard.all.length = 0
    tap.sink = sink
    expect(heard.come(bytes, [3])).toEqual(['bindComplete', 'commandComplete', 'readyForQuery'])
    tap.leave(sink)
  }
  expect(taken).toEqual({
    first: [
      ['1', null],
      ['1', null],
    ],
    second: [['1', null]],
  })
  heard.all.length = 0
  expect(heard.come(bytes, [3])).toContain('["1",null]')
})
