import { type Class, classAt, type Library } from './library'

interface Binding {
  inSingletonScope(): unknown
  inTransientScope(): unknown
}

interface Container {
  bind(target: Class): { toSelf(): Binding }
  get(target: Class): object
  unbindAll(): Promise<void>
}

interface Package {
  readonly Container: new () => Container
  readonly injectable: (this: void) => ClassDecorator
}

export const inversify: Library = {
  name: 'inversify',
  packages: ['inversify'],
  style: 'decorated',
  lifetimes: ['singleton', 'transient'],
  load(load) {
    load('reflect-metadata')
    const { Container, injectable } = load('inversify') as Package
    return {
      decorator: injectable,
      async start(program, { lifetime, top }) {
        const container = new Container()
        for (const target of program.classes) {
          const binding = container.bind(target).toSelf()
          if (lifetime === 'singleton') binding.inSingletonScope()
          else binding.inTransientScope()
        }
        if (lifetime === 'singleton') for (const number of top) container.get(classAt(program, number))
        return {
          getter(number) {
            const target = classAt(program, number)
            return () => container.get(target)
          },
          close: () => container.unbindAll(),
        }
      },
    }
  },
}
