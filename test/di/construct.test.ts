import 'reflect-metadata'
import { container as globalContainer, inject, injectable, singleton } from 'tsyringe'
import { Component, Inject, Service } from '../../src/di'
import { closeAll, NAME, rejection, start } from './support'
import { provide } from '../../src/di'

afterEach(closeAll)

@Component()
class Leaf {}

describe('tsyringe below', () => {
  it('is not told of our components: its global container stays empty', async () => {
    @Service()
    class Own {
      constructor(readonly leaf: Leaf) {}
    }
    await start({ components: [Own, Leaf] })
    expect(globalContainer.isRegistered(Own)).toBe(false)
    expect(() => globalContainer.resolve(Own)).toThrow('TypeInfo not known for "Own"')
  })

  it('leaves the emitted parameter list as it was', async () => {
    @Service()
    class Named {
      constructor(
        @Inject(NAME) readonly name: string,
        readonly leaf: Leaf,
      ) {}
    }
    const before = [...(Reflect.getOwnMetadata('design:paramtypes', Named) as unknown[])]
    await start({ components: [Named, Leaf], providers: [provide(NAME, { useValue: 'x' })] })
    expect(Reflect.getOwnMetadata('design:paramtypes', Named)).toEqual(before)
    expect(before).toEqual([String, Leaf])
  })

  it('does not answer with what an application registers in its global container', async () => {
    const foreign = new Leaf()
    globalContainer.registerInstance(Leaf, foreign)
    try {
      const container = await start({ components: [Leaf] })
      expect(container.get(Leaf)).not.toBe(foreign)
    } finally {
      globalContainer.reset()
    }
  })

  it('may be used by the same classes beside us', async () => {
    @singleton()
    @injectable()
    @Component()
    class Both {
      constructor(@Inject(Leaf) @inject(Leaf) readonly leaf: Leaf) {}
    }
    const container = await start({ components: [Both, Leaf] })
    expect(container.get(Both).leaf).toBe(container.get(Leaf))
    expect(globalContainer.resolve(Both).leaf).not.toBe(container.get(Leaf))
    globalContainer.reset()
  })

  it('passes through what a constructor throws, as it was thrown', async () => {
    const original = { not: 'an error' }
    @Component()
    class Throwing {
      constructor() {
        throw original
      }
    }
    expect(await rejection(start({ components: [Throwing] }))).toMatchObject({ cause: original })
  })

  it('may be disposed of by the application without stopping us', async () => {
    await jest.isolateModulesAsync(async () => {
      const { container } = await import('tsyringe')
      const { Component: Mark, Container } = await import('../../src/di')
      class Later {}
      Mark()(Later)
      await container.dispose()
      const own = await Container.start({ components: [Later], logger: { info() {}, warn() {}, error() {} } })
      expect(own.get(Later)).toBeInstanceOf(Later)
    })
  })

  it('does not retain what it built, nor dispose of it by itself', async () => {
    let disposed = 0
    @Component()
    class Disposing {
      dispose(): void {
        disposed++
      }
    }
    const container = await start({ components: [Disposing] })
    await container.close()
    expect(disposed).toBe(0)
  })
})
