import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterCommit, afterCompletion, currentTransaction, Service, Transactional } from 'ambit'
import { ENGINES } from '../../support/engines'
import { committed, Failure, NoteRepository, seen, write } from '../notes'
import { control, failureOf, gate, identity, repeated, stageOn } from '../stage'

/** Reads its rows one by one, in one transaction. */
@Service()
class Export {
  @Transactional()
  async *write(...words: readonly string[]): AsyncGenerator<string | undefined> {
    for (const k of words) {
      await write(k)
      yield currentTransaction()?.id
    }
  }
}

/** A server of this very process, which stores a row by a repository and says whether it saw a transaction. */
class NoteServer {
  readonly #server = createServer((_, response) => {
    const active = currentTransaction() !== undefined
    this.notes.insert({ k: 'handler' }).then(
      () => response.end(JSON.stringify({ active })),
      () => response.destroy(),
    )
  })

  constructor(private readonly notes: NoteRepository) {}

  async listen(): Promise<void> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
  }

  async ask(): Promise<unknown> {
    const { port } = this.#server.address() as AddressInfo
    return (await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } })).json()
  }

  async close(): Promise<void> {
    this.#server.close()
    await once(this.#server, 'close')
  }
}

describe.each(ENGINES)('what Node adds to it, on $name', engine => {
  const stage = stageOn(engine, { components: [Export] })
  const { db } = stage
  const first = (): Promise<unknown> => (engine.oneWriter ? seen() : write('o'))

  repeated(stage, 'SP-61 (J1) a swallowed error of a statement is never a silent rollback', async () => {
    await db.query("INSERT INTO note (k) VALUES ('dup')")
    const error = await failureOf(
      stage.in.required(async () => {
        await write('a')
        await stage.notes.insert({ k: 'dup' }).catch(() => undefined)
        return 'done'
      }),
    )
    expect(error).toMatchObject({
      code: 'AMBIT_TX_UNEXPECTED_ROLLBACK',
      cause: expect.objectContaining({ code: 'AMBIT_DATABASE_UNIQUE' }),
    })
    expect(await committed(db)).toEqual(['dup'])
  })

  it("SP-61 (J1) the same by TypeORM's own handle: what COMMIT was answered with counts", async () => {
    await db.query("INSERT INTO note (k) VALUES ('dup')")
    const outcome = stage.in.required(async () => {
      await write('a')
      await write('dup').catch(() => undefined)
      return 'done'
    })
    // SQLite goes on after a failed statement, and COMMIT stores the others: nothing was rolled back behind anybody.
    if (engine.oneWriter) await expect(outcome).resolves.toBe('done')
    else await expect(outcome).rejects.toMatchObject({ code: 'AMBIT_TX_UNEXPECTED_ROLLBACK' })
    expect(await committed(db)).toEqual(engine.oneWriter ? ['a', 'dup'] : ['dup'])
  })

  repeated(stage, 'SP-62 (J2) parallel REQUIRES_NEW keep their connections, whoever of them fails', async () => {
    const failure = new Failure()
    const branch = (k: string, fails: boolean): Promise<string[]> =>
      stage.in.requiresNew(async () => {
        const places = [await identity(stage)]
        await write(`${k}1`)
        places.push(await identity(stage))
        await write(`${k}2`)
        if (fails) throw failure
        return [...places, await identity(stage)]
      })
    await stage.in.required(async () => {
      await first()
      const outer = await identity(stage)
      const [a, b] = await Promise.allSettled([branch('a', true), branch('b', false)])
      expect(a).toEqual({ status: 'rejected', reason: failure })
      if (b.status === 'rejected') throw b.reason
      expect(new Set(b.value).size).toBe(1)
      expect(b.value[0]).not.toBe(outer)
      expect(await identity(stage)).toBe(outer)
    })
    expect(await committed(db)).toEqual(engine.oneWriter ? ['b1', 'b2'] : ['b1', 'b2', 'o'])
  })

  repeated(stage, 'SP-63 (J3) parallel NESTED do not mix, and poison nothing', async () => {
    const failure = new Failure()
    await stage.in.required(async () => {
      await write('o')
      const results = await Promise.allSettled([
        stage.in.nested(async () => {
          await write('n1')
          await seen()
          throw failure
        }),
        stage.in.nested(async () => {
          await write('n2')
          await seen()
          await write('n3')
        }),
      ])
      expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled'])
    })
    expect(await committed(db)).toEqual(['n2', 'n3', 'o'])
    expect(control(stage)).toEqual([
      'c1 BEGIN',
      'c1 SAVEPOINT',
      'c1 ROLLBACK TO',
      'c1 RELEASE',
      'c1 SAVEPOINT',
      'c1 RELEASE',
      'c1 COMMIT',
    ])
    expect(await stage.in.required(seen)).toEqual(['n2', 'n3', 'o'])
  })

  repeated(stage, 'SP-64 (J4) NESTED is in the transaction itself: it goes with the outer', async () => {
    const failure = new Failure()
    const outcome = stage.in.required(async () => {
      await write('o')
      const outer = await identity(stage)
      await stage.in.nested(async () => {
        expect((await identity(stage)).split('/')[0]).toBe(outer.split('/')[0])
        await write('n')
        expect(await seen()).toEqual(['n', 'o'])
      })
      throw failure
    })
    await expect(outcome).rejects.toBe(failure)
    expect(await committed(db)).toEqual([])
    expect(db.log.connections).toBe(1)
  })

  repeated(stage, 'SP-65 (J5) work that outlives its transaction is refused, never stored beside it', async () => {
    const { opened, open } = gate()
    let late: Promise<unknown>[] = []
    await stage.in.required(async () => {
      await write('a')
      const after = <T>(work: () => Promise<T>): Promise<unknown> => failureOf(opened.then(work))
      late = [after(() => write('late')), after(() => stage.notes.insert({ k: 'late' })), after(() => seen())]
    })
    db.log.clear()
    open()
    for (const error of await Promise.all(late)) expect(error).toMatchObject({ code: 'AMBIT_TX_ENDED' })
    expect(db.log.entries).toEqual([])
    expect(await committed(db)).toEqual(['a'])
    expect(stage.reports.splice(0).map(report => (report as { code?: string }).code)).toContain('AMBIT_TX_ENDED')
  })

  repeated(
    stage,
    'SP-66 (J6) a generator is in its own transaction at every step, whoever asks for the next',
    async () => {
      const ids: unknown[] = []
      for await (const id of stage.app.get(Export).write('a', 'b')) {
        ids.push(id)
        expect(currentTransaction()).toBeUndefined()
        expect(await committed(db)).toEqual([])
      }
      expect(new Set(ids).size).toBe(1)
      expect(ids).toEqual([expect.any(String), ids[0]])
      expect(await committed(db)).toEqual(['a', 'b'])
      expect(control(stage)).toEqual(['c1 BEGIN', 'c1 COMMIT'])
    },
  )

  repeated(stage, 'SP-66 (J6) one whose loop ends early rolls back', async () => {
    for await (const _ of stage.app.get(Export).write('a', 'b')) break
    expect(await committed(db)).toEqual([])
    expect(control(stage)).toEqual(['c1 BEGIN', 'c1 ROLLBACK'])
  })

  it('SP-67 (J7) a transaction does not cross a socket, even into the same process', async () => {
    const server = new NoteServer(stage.notes)
    await server.listen()
    const failure = new Failure()
    const outcome = stage.in.required(async () => {
      expect(await server.ask()).toEqual({ active: false })
      expect(await committed(db)).toEqual(['handler'])
      await write('o')
      throw failure
    })
    await expect(outcome).rejects.toBe(failure)
    await server.close()
    expect(await committed(db)).toEqual(['handler'])
  })

  repeated(stage, 'SP-68 (J8) hooks have run, and were waited for, when the call returns', async () => {
    const told: string[] = []
    await stage.in.required(async () => {
      await write('a')
      afterCommit(async () => {
        told.push(`committed: ${(await committed(db)).join()}`)
      })
      afterCompletion(async outcome => {
        await new Promise(resolve => setImmediate(resolve))
        told.push(outcome)
      })
    })
    expect(told).toEqual(['committed: a', 'committed'])
  })

  it.each(['never', 'notSupported', 'supports'] as const)(
    'SP-68 (J8) %s without a transaction never tells of a commit: there is nothing to hook on to',
    async mode => {
      const register = (): void => afterCommit(() => undefined)
      await stage.in[mode](async () => {
        expect(register).toThrow(expect.objectContaining({ code: 'AMBIT_TX_NONE' }))
        await write('a')
      })
      expect(await committed(db)).toEqual(['a'])
    },
  )
})
