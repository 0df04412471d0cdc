import type { Logger } from '../../src/core/logger'
import { Component, InjectionToken, type Lazy, lazy, provide, type ResolutionObserver } from '../../src/di'
import { closeAll, made, rejection, settled, silent, start, thrown } from './support'

afterEach(closeAll)

@Component()
class Clock {}

@Component()
class Service {
  static inject = [Clock]
  constructor(readonly clock: Clock) {}
}

@Component({ lazy: true })
class Heavy {}

@Component({ scope: 'prototype' })
class Part {
  static inject = [Clock]
  constructor(readonly clock: Clock) {}
}

@Component({ scope: 'request' })
class Page {
  static inject = [Part]
  constructor(readonly part: Part) {}
}

const ALL = [Clock, Service, Heavy, Part, Page]

function recording(): { readonly events: string[]; readonly times: number[]; readonly observer: ResolutionObserver } {
  const events: string[] = []
  const times: number[] = []
  const observer: ResolutionObserver = {
    onResolve: ({ name }, ms) => {
      events.push(`resolve ${name}`)
      times.push(ms)
    },
    onCacheHit: ({ name }) => events.push(`hit ${name}`),
    onBuild: ({ name }, ms) => {
      events.push(`build ${name}`)
      times.push(ms)
    },
  }
  return { events, times, observer }
}

describe('stats()', () => {
  it('PI-39 count what is asked for, what is there already, and what is built', async () => {
    const container = await start({ components: ALL })
    const before = container.stats()
    expect(before).toMatchObject({ registered: 5, resolves: 0, hits: 0, lives: { request: 0 } })
    expect(before.uptimeMs).toBeGreaterThanOrEqual(0)
    expect(before.builds).toBe(3) // the container itself, and two singletons
    for (let i = 0; i < 4; i++) container.get(Heavy)
    expect(container.stats()).toMatchObject({ resolves: 4, hits: 3, builds: 4 })
    container.get(Part)
    await container.resolve(Part)
    expect(container.stats()).toMatchObject({ resolves: 6, hits: 3, builds: 6 })
    container.getAll(Service)
    expect(container.stats()).toMatchObject({ resolves: 7, hits: 4 })
  })

  it('count what is asked for through handles, and in scopes, and the lives that are open', async () => {
    const Holder = made(
      'Holder',
      () => [lazy(Page)],
      function (this: object, page) {
        Object.assign(this, { page })
      },
    )
    const container = await start({ components: [...ALL, Holder], scopes: ['tenant'] })
    const { page } = container.get(Holder) as unknown as { page: Lazy<Page> }
    const { builds } = container.stats()
    await container.runInScope('tenant', () =>
      container.runInScope('request', () => {
        page.get()
        page.get()
        expect(container.stats()).toMatchObject({ resolves: 3, hits: 2, lives: { request: 1, tenant: 1 } })
        expect(container.stats().builds - builds).toBe(2)
      }),
    )
    expect(container.stats().lives).toEqual({ request: 0, tenant: 0 })
  })

  it('do not count what fails', async () => {
    const NO = new InjectionToken<object>('No')
    const useFactory = (): never => {
      throw new RangeError('no')
    }
    const container = await start({ providers: [provide(NO, { lazy: true, useFactory })] })
    const before = container.stats()
    thrown(() => container.get(NO))
    await rejection(container.resolve(NO))
    thrown(() => container.get(Service))
    expect(container.stats()).toEqual({ ...before, uptimeMs: expect.any(Number) })
  })
})

describe('an observer', () => {
  it('PI-40 sees one resolve of what has to be built, then hits', async () => {
    const { events, times, observer } = recording()
    const container = await start({ components: ALL, observers: [observer] })
    expect(events.splice(0)).toEqual(['build Container', 'build Clock', 'build Service'])
    for (let i = 0; i < 3; i++) container.get(Heavy)
    await container.resolve(Heavy)
    expect(events.splice(0)).toEqual(['build Heavy', 'resolve Heavy', 'hit Heavy', 'hit Heavy', 'hit Heavy'])
    for (let i = 0; i < 2; i++) container.get(Service)
    expect(events.splice(0)).toEqual(['hit Service', 'hit Service'])
    container.get(Part)
    await container.runInScope('request', () => [container.get(Page), container.get(Page)])
    expect(events.splice(0)).toEqual([
      'build Part',
      'resolve Part',
      'build Part',
      'build Page',
      'resolve Page',
      'hit Page',
    ])
    expect(times.every(ms => ms >= 0)).toBe(true)
  })

  it('is told how long a component took without those that it needs', async () => {
    const spin = (): void => {
      const end = performance.now() + 5
      while (performance.now() < end);
    }
    const Needed = made('Needed', () => [], spin)
    const Needy = made('Needy', () => [Needed])
    const took = new Map<string, number>()
    await start({ components: [Needy, Needed], observers: [{ onBuild: ({ name }, ms) => void took.set(name, ms) }] })
    expect(took.get('Needed')).toBeGreaterThanOrEqual(5)
    expect(took.get('Needy')).toBeLessThan(took.get('Needed') ?? 0)
  })

  it('that throws, or rejects, changes nothing, and is logged once', async () => {
    const errors: unknown[] = []
    const logger: Logger = { ...silent, error: (_message, error) => errors.push(error) }
    const { events, observer } = recording()
    const throwing: ResolutionObserver = {
      onCacheHit: () => {
        throw new RangeError('observer')
      },
    }
    // A mistake that compilers let pass: what it throws would go unheard.
    const rejecting: ResolutionObserver = Object.assign(
      {},
      { onResolve: () => Promise.reject(new TypeError('observer')) },
    )
    const container = await start({ components: ALL, observers: [throwing, rejecting, observer], logger })
    for (let i = 0; i < 3; i++) expect(container.get(Heavy)).toBeInstanceOf(Heavy)
    container.get(Part)
    await settled()
    expect(errors).toEqual([new RangeError('observer'), new TypeError('observer')])
    expect(events.filter(event => event === 'hit Heavy')).toHaveLength(2)
  })
})
