import { ContainerStateError } from './errors'
import type { Blueprint } from './registration'

/** The errors of a container that is not, or no longer, in a state that allows the call. */

export function notReady(where: string): ContainerStateError {
  return new ContainerStateError('AMBIT_DI_NOT_READY', {
    what: 'The container is still being started.',
    where,
    next: 'Take what is needed at the start as a constructor parameter; call the container only afterwards.',
  })
}

export function inactive({ name, scope }: Blueprint, remedy: string): ContainerStateError {
  return new ContainerStateError('AMBIT_DI_SCOPE_INACTIVE', {
    what: `${name} lives for one ${scope}, and none is active here.`,
    where: `get(${name})`,
    next: remedy,
  })
}

export function asynchronous({ name }: Blueprint): ContainerStateError {
  return new ContainerStateError('AMBIT_DI_ASYNC', {
    what: `${name} is not ready yet: its creation has something to wait for.`,
    where: `get(${name})`,
    next: `Await resolve(${name}) first; get(${name}) then answers at once.`,
  })
}

export function circle(path: readonly string[]): ContainerStateError {
  return new ContainerStateError('AMBIT_DI_CIRCLE', {
    what: `Components that are being built wait for each other: ${path.join(' -> ')}.`,
    where: path.at(-1),
    next: 'Call get() of a handle after the construction, in the method that needs the other component.',
  })
}

export function closing(): ContainerStateError {
  return new ContainerStateError('AMBIT_DI_CLOSING', {
    what: 'A component closes the container that is waiting for this very component to be disposed of.',
    where: 'container.close()',
    next: 'Dispose only of what the component itself holds.',
  })
}

export function closed({ name }: Blueprint): ContainerStateError {
  return new ContainerStateError('AMBIT_DI_CLOSED', {
    what: `${name} was asked for after the container had been closed.`,
    where: `container.get(${name})`,
    next: 'Finish all work before close(), or start a new container.',
  })
}
