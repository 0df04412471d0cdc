import {
  copyReflectMetadata,
  emittedParameterTypes,
  emittedReturnType,
  inheritedMetadata,
  MetadataKey,
  ownMetadata,
  setMetadata,
} from '../../src/core/metadata'

const anything: ClassDecorator & MethodDecorator = () => undefined
const key = new MetadataKey<string | undefined>('key')

class Dependency {}

@anything
class Base {
  constructor(readonly dependency: Dependency) {}
  @anything
  async work(_times: number): Promise<void> {}
  @anything
  count(): number {
    return 1
  }
}
class Derived extends Base {}

describe('our own metadata', () => {
  it('stands on exactly the class it was set on', () => {
    setMetadata(Base, key, 'base')
    expect(ownMetadata(Base, key)).toBe('base')
    expect(ownMetadata(Derived, key)).toBeUndefined()
    expect(inheritedMetadata(Derived, key)).toBe('base')
    setMetadata(Derived, key, 'derived')
    expect(inheritedMetadata(Derived, key)).toBe('derived')
    expect(ownMetadata(Base, key)).toBe('base')
  })

  it('is told apart by the key itself', () => {
    expect(inheritedMetadata(Base, new MetadataKey('key'))).toBeUndefined()
  })

  it('may be undefined, which ends the search', () => {
    class Silent extends Base {}
    setMetadata(Silent, key, undefined)
    expect(inheritedMetadata(Silent, key)).toBeUndefined()
  })
})

describe('what the compiler emitted', () => {
  it('is read from the class itself, never from its base', () => {
    expect(emittedParameterTypes(Base)).toEqual([Dependency])
    expect(emittedParameterTypes(Derived)).toBeUndefined()
  })

  it('is there for decorated methods', () => {
    expect(emittedParameterTypes(Base.prototype, 'work')).toEqual([Number])
    expect(emittedReturnType(Base.prototype, 'work')).toBe(Promise)
    expect(emittedReturnType(Base.prototype, 'count')).toBe(Number)
    expect(emittedReturnType(Derived.prototype, 'work')).toBeUndefined()
  })

  it('is undefined where there was no decorator', () => {
    expect(emittedParameterTypes(Dependency)).toBeUndefined()
    expect(emittedReturnType(Dependency.prototype, 'work')).toBeUndefined()
  })
})

describe('copyReflectMetadata', () => {
  it('copies every record from one function to another', () => {
    const [from, to] = [() => undefined, () => undefined]
    const symbol = Symbol('s')
    Reflect.defineMetadata('text', 1, from)
    Reflect.defineMetadata(symbol, 2, from)
    copyReflectMetadata(from, to)
    expect([Reflect.getMetadata('text', to), Reflect.getMetadata(symbol, to)]).toEqual([1, 2])
  })
})
