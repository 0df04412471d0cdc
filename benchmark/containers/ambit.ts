import type * as Package from 'ambit'
import { classAt, type Library } from './library'

export const ambit: Library = {
  name: 'Ambit',
  packages: [],
  style: 'decorated',
  lifetimes: ['singleton', 'transient'],
  load(load) {
    const { Component, Container } = load('ambit') as typeof Package
    return {
      decorator: lifetime => Component({ scope: lifetime === 'transient' ? 'prototype' : 'singleton' }),
      async start(program) {
        const container = await Container.start({ components: program.classes, logger: SILENT })
        return {
          getter(number) {
            const target = classAt(program, number)
            return () => container.get(target)
          },
          close: () => container.close(),
        }
      },
    }
  },
}

/** The others say nothing either. */
const SILENT: Package.Logger = { info: () => undefined, warn: () => undefined, error: () => undefined }
