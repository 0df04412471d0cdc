import { AsyncLocalStorage } from 'node:async_hooks'
import {
  callWithValue,
  ContextKey,
  contextValue,
  currentContext,
  outliving,
  runDetached,
  runInContext,
  runWithValue,
} from '../../src/core/async-context'

const lasting = new ContextKey<string>('lasting', false)
const passing = new ContextKey<number>('passing', true)
const later = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

afterEach(() => {
  expect(currentContext()).toBeUndefined()
})

describe('values of the async context', () => {
  it('are there inside, also after awaits, and gone outside', async () => {
    await runWithValue(lasting, 'a', async () => {
      expect(contextValue(lasting)).toBe('a')
      await later()
      expect(contextValue(lasting)).toBe('a')
    })
    expect(contextValue(lasting)).toBeUndefined()
  })

  it('are hidden by an inner value and back after it', () => {
    runWithValue(passing, 1, () => {
      runWithValue(passing, 2, () => expect(contextValue(passing)).toBe(2))
      expect(contextValue(passing)).toBe(1)
    })
  })

  it('of different keys stand side by side', () => {
    runWithValue(lasting, 'a', () =>
      runWithValue(passing, 1, () => expect([contextValue(lasting), contextValue(passing)]).toEqual(['a', 1])),
    )
  })

  it('are told apart by the key itself, not by its name', () => {
    runWithValue(new ContextKey<string>('lasting', false), 'other', () => expect(contextValue(lasting)).toBeUndefined())
  })

  it('do not leak between parallel branches', async () => {
    const branch = (value: number): Promise<(number | undefined)[]> =>
      runWithValue(passing, value, async () => {
        const seen = [contextValue(passing)]
        await later()
        seen.push(contextValue(passing))
        return seen
      })
    await runWithValue(passing, 0, async () => {
      expect(await Promise.all([branch(1), branch(2)])).toEqual([
        [1, 1],
        [2, 2],
      ])
      expect(contextValue(passing)).toBe(0)
    })
  })

  it('may be undefined themselves, which hides an outer value', () => {
    const key = new ContextKey<string | undefined>('maybe', false)
    runWithValue(key, 'outer', () => runWithValue(key, undefined, () => expect(contextValue(key)).toBeUndefined()))
  })

  it('are left when the function throws', () => {
    expect(() =>
      runWithValue(passing, 1, () => {
        throw new Error('E')
      }),
    ).toThrow('E')
    expect(contextValue(passing)).toBeUndefined()
  })
})

describe('callWithValue', () => {
  it('passes this and arguments, and gives the value back', () => {
    const self = { factor: 3 }
    const fn = function (this: unknown, ...args: unknown[]): unknown {
      return [this, args, contextValue(passing)]
    }
    expect(callWithValue(passing, 1, { fn, self, args: [1, 2] })).toEqual([self, [1, 2], 1])
  })
})

describe('runInContext', () => {
  it('goes back to a captured context, or to none at all', () => {
    const captured = runWithValue(passing, 1, () => currentContext())
    runWithValue(passing, 2, () => {
      expect(runInContext(captured, () => contextValue(passing))).toBe(1)
      expect(runInContext(undefined, () => contextValue(passing))).toBeUndefined()
      expect(contextValue(passing)).toBe(2)
    })
  })
})

describe('runDetached', () => {
  it('hides the detachable values at every depth and keeps the others', () => {
    runWithValue(passing, 1, () =>
      runWithValue(lasting, 'a', () =>
        runWithValue(passing, 2, () =>
          runWithValue(lasting, 'b', () => {
            runDetached(() => expect([contextValue(passing), contextValue(lasting)]).toEqual([undefined, 'b']))
            expect(contextValue(passing)).toBe(2)
          }),
        ),
      ),
    )
  })

  it('makes no new links where there is nothing to hide', () => {
    runWithValue(lasting, 'a', () => {
      const before = currentContext()
      runDetached(() => expect(currentContext()).toBe(before))
    })
    runDetached(() => expect(currentContext()).toBeUndefined())
  })

  it('leaves the chain that it came from as it was', () => {
    runWithValue(passing, 1, () =>
      runWithValue(lasting, 'a', () => {
        const before = currentContext()
        runDetached(() => undefined)
        expect(currentContext()).toBe(before)
        expect(before?.outer?.value).toBe(1)
      }),
    )
  })
})

describe('work that outlives its caller', () => {
  const outlasting = new ContextKey<string>('outlasting', false, true)
  const program = new AsyncLocalStorage<string>()
  const seen = (): unknown[] => [
    contextValue(outlasting),
    contextValue(lasting),
    contextValue(passing),
    program.getStore(),
  ]

  it('sees, of our links, those that outlast a call, and the program’s stores as its caller does', async () => {
    const bound = program.run('request', () =>
      runWithValue(outlasting, 'app', () =>
        runWithValue(lasting, 'block', () =>
          runWithValue(passing, 1, () => runWithValue(outlasting, 'inner', () => outliving(seen))),
        ),
      ),
    )
    const later = outliving(async () => {
      await Promise.resolve()
      return seen()
    })
    expect(runWithValue(passing, 2, bound)).toEqual(['inner', undefined, undefined, 'request'])
    expect(await program.run('other', later)).toEqual([undefined, undefined, undefined, undefined])
  })

  it('leaves the context of whoever starts it as it was', () => {
    const bound = outliving(() => currentContext())
    runWithValue(lasting, 'a', () => {
      expect(bound()).toBeUndefined()
      expect(contextValue(lasting)).toBe('a')
    })
  })
})
