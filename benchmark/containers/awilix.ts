import { type Class, type Library, undecorated } from './library'

interface Resolver {
  singleton(): Resolver
  transient(): Resolver
}

interface Container {
  register(resolvers: Readonly<Record<string, Resolver>>): void
  resolve(name: string): object
  dispose(): Promise<void>
}

interface Package {
  readonly createContainer: (this: void) => Container
  readonly asClass: (this: void, target: Class) => Resolver
}

/** In its own way: without decorators, by names, and with the proxy that is its default. */
export const awilix: Library = {
  name: 'awilix',
  packages: ['awilix'],
  style: 'destructured',
  lifetimes: ['singleton', 'transient'],
  load(load) {
    const { asClass, createContainer } = load('awilix') as Package
    return {
      decorator: () => undecorated,
      async start({ classes }, { lifetime, top }) {
        const container = createContainer()
        container.register(
          Object.fromEntries(classes.map((target, number) => [`c${number}`, asClass(target)[lifetime]()])),
        )
        if (lifetime === 'singleton') for (const number of top) container.resolve(`c${number}`)
        return {
          getter(number) {
            const name = `c${number}`
            return () => container.resolve(name)
          },
          close: () => container.dispose(),
        }
      },
    }
  },
}
