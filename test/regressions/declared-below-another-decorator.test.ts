import { currentTransaction, NotTransactional, Service, Transactional } from 'ambit'
import { committed, Failure, NOTES, write } from '../acceptance/notes'
import { ENGINES, engineDatabase, runningApplication } from '../support/engines'

// A class-level boundary was put around a method whose own boundary another library's decorator hid: it had two.

type AnyMethod = (...args: unknown[]) => Promise<unknown>

/** As a tracing library does it: a function of its own, which says nothing about the one inside. */
function Spanned(_target: object, _member: string, descriptor: PropertyDescriptor): PropertyDescriptor {
  const inner = descriptor.value as AnyMethod
  const value = async function (this: unknown, ...args: unknown[]): Promise<unknown> {
    spans += 1
    return inner.apply(this, args)
  }
  return { ...descriptor, value }
}

let spans = 0
const seenInSpan: (string | undefined)[] = []

@Service()
@Transactional()
class Spans {
  @Spanned
  @Transactional({ propagation: 'NEVER' })
  async never(): Promise<string | undefined> {
    return currentTransaction()?.id
  }

  @Spanned
  @Transactional({ noRollbackFor: [Failure] })
  async keeps(): Promise<void> {
    await write('kept')
    throw new Failure('told, and kept')
  }

  @Spanned
  @NotTransactional()
  async excluded(): Promise<string | undefined> {
    return currentTransaction()?.id
  }

  @Spanned
  async plain(): Promise<void> {
    seenInSpan.push(currentTransaction()?.id)
    await write('plain')
    throw new Failure('rolls back')
  }
}

@Service()
@Transactional({ readOnly: true })
class MoreSpans extends Spans {}

/** What it writes itself is its class's business. */
@Service()
@Transactional()
class OwnSpans extends Spans {
  @Spanned
  override async never(): Promise<string | undefined> {
    return currentTransaction()?.id
  }
}

describe.each(ENGINES)('a declaration below a decorator of another library, on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({
    ...NOTES,
    components: [...NOTES.components, Spans, MoreSpans, OwnSpans],
  }))

  beforeEach(() => {
    spans = 0
    seenInSpan.length = 0
  })

  it.each([Spans, MoreSpans])('replaces that of its class: %p', async type => {
    const spanned = running.app.get(type)
    expect(await spanned.never()).toBeUndefined()
    expect(await spanned.excluded()).toBeUndefined()
    await expect(spanned.keeps()).rejects.toThrow(Failure)
    expect(await committed(db)).toEqual(['kept'])
    expect(spans).toBe(3)
  })

  it('the class counts where there is none', async () => {
    await expect(running.app.get(Spans).plain()).rejects.toThrow(Failure)
    expect(seenInSpan).toEqual([expect.any(String)])
    expect(await committed(db)).toEqual([])
    expect(await running.app.get(OwnSpans).never()).toEqual(expect.any(String))
  })

  it('says nothing about such methods in the report', () => {
    expect(String(running.app.report())).not.toMatch(/Spans\.(never|keeps)/)
  })
})
