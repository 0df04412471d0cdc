import { type Class, classAt, type Library } from './library'

interface Context {
  get(target: Class): object
  close(): Promise<void>
}

interface Common {
  readonly Injectable: (this: void) => ClassDecorator
  readonly Module: (this: void, options: object) => ClassDecorator
}

interface Core {
  readonly NestFactory: { createApplicationContext(module: object, options: object): Promise<Context> }
}

/** An application context with all classes in one module. What is transient it makes by promises only. */
export const nest: Library = {
  name: 'Nest',
  packages: ['@nestjs/common', '@nestjs/core', 'rxjs'],
  style: 'decorated',
  lifetimes: ['singleton'],
  load(load) {
    const { Injectable, Module } = load('@nestjs/common') as Common
    const { NestFactory } = load('@nestjs/core') as Core
    return {
      decorator: Injectable,
      async start(program) {
        @Module({ providers: program.classes })
        class AppModule {}
        const context = await NestFactory.createApplicationContext(AppModule, { logger: false })
        return {
          getter(number) {
            const target = classAt(program, number)
            return () => context.get(target)
          },
          close: () => context.close(),
        }
      },
    }
  },
}
