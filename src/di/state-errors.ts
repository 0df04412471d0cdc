import { ContainerStateError } from './errors'
import type { Blueprint } from './registration'
import type { Scope } from './scope'

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

export function ended({ name, scope }: Blueprint): ContainerStateError {
  return new ContainerStateError('AMBIT_DI_SCOPE_ENDED', {
    what: `${name} was asked for by work that has outlived its ${scope}.`,
    where: `get(${name})`,
    next: `Await the work inside the block of runInScope('${scope}', …), or give it a block of its own.`,
  })
}

export function mixed({ name, scope }: Blueprint, other: Scope): ContainerStateError {
  return new ContainerStateError('AMBIT_DI_SCOPE_MIXED', {
    what: `${name} of this ${scope} keeps something of another ${other} than the one that is active here, if any is.`,
    where: `get(${name})`,
    next: `Begin the ${other} before the ${scope}, not inside it; or let ${name} take a handle, @Inject(lazy(…)), in place of what lives for the ${other}.`,
  })
}

export function scopeUse(call: string, what: string, next: string): ContainerStateError {
  return new ContainerStateError('AMBIT_DI_SCOPE_USE', { what, where: call, next })
}

export function unfinished(running: readonly string[], timeoutMs: number): ContainerStateError {
  return new ContainerStateError('AMBIT_DI_SCOPE_UNFINISHED', {
    what: `After ${timeoutMs} ms of the close these blocks were still running: ${running.join(', ')}. Their components were disposed of.`,
    where: 'close()',
    next: 'Stop taking work before the close, or give it more time.',
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
    what: 'A component waits for the container to close, which waits for this very component to be built or disposed of.',
    where: 'container.close()',
    next: 'Let the owner of the application close it; in a disposal, dispose only of what the component itself holds.',
  })
}

export function closed({ name }: Blueprint): ContainerStateError {
  return new ContainerStateError('AMBIT_DI_CLOSED', {
    what: `${name} was asked for after the container had been closed.`,
    where: `container.get(${name})`,
    next: 'Finish all work before close(), or start a new container.',
  })
}

export function overClosed(where: string): ContainerStateError {
  return new ContainerStateError('AMBIT_DI_CLOSED', {
    what: 'The container is closing, or has been closed.',
    where,
    next: 'Finish all work before close(), or start a new container.',
  })
}

export function tooLate({ name }: Blueprint): ContainerStateError {
  return new ContainerStateError('AMBIT_DI_CLOSED', {
    what: `${name} was asked for while the container is being closed, and is not built any more.`,
    where: `get(${name})`,
    next: 'Finish all work before close(), or start a new container.',
  })
}

export function noNewBlock(scope: string): ContainerStateError {
  return new ContainerStateError('AMBIT_DI_CLOSED', {
    what: `A block of the scope '${scope}' was begun while the container is being closed, or after it.`,
    where: `runInScope('${scope}')`,
    next: 'Nothing of the block was run. Stop taking work before the close.',
  })
}

export function lifeEnded(scope: string): ContainerStateError {
  return new ContainerStateError('AMBIT_DI_SCOPE_ENDED', {
    what: `This ${scope} has been ended, and nothing more is run in it.`,
    where: `openScope('${scope}').run(…)`,
    next: 'Open another one, or end it only when all work in it is over.',
  })
}
