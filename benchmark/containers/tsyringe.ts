import { type Class, classAt, type Library, type Lifetime } from './library'

interface Container {
  resolve(target: Class): object
  dispose(): Promise<void>
}

interface Package {
  readonly injectable: (this: void) => ClassDecorator
  readonly singleton: (this: void) => ClassDecorator
  readonly container: { createChildContainer(): Container }
}

export const tsyringe: Library = {
  name: 'tsyringe',
  packages: ['tsyringe'],
  style: 'decorated',
  lifetimes: ['singleton', 'transient'],
  load(load) {
    load('reflect-metadata')
    const { container: global, injectable, singleton } = load('tsyringe') as Package
    const DECORATORS = { singleton, transient: injectable } as const satisfies Record<Lifetime, unknown>
    return {
      decorator: lifetime => DECORATORS[lifetime](),
      async start(program, { lifetime, top }) {
        // Its `@singleton()` registers the class with the global container, which asks a child for nothing.
        const container = global.createChildContainer()
        if (lifetime === 'singleton') for (const number of top) container.resolve(classAt(program, number))
        return {
          getter(number) {
            const target = classAt(program, number)
            return () => container.resolve(target)
          },
          close: () => container.dispose(),
        }
      },
    }
  },
}
