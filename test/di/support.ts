import type { Class } from '../../src/core/metadata'
import type { Logger } from '../../src/core/logger'
import {
  Component,
  Container,
  type ContainerOptions,
  ContainerValidationError,
  type ContainerProblem,
  InjectionToken,
} from '../../src/di'

export const silent: Logger = { info: () => undefined, warn: () => undefined, error: () => undefined }

const open: Container[] = []

/** Starts a container that is closed after the test. */
export async function start(options: ContainerOptions): Promise<Container> {
  const container = await Container.start({ logger: silent, ...options })
  open.push(container)
  return container
}

/** Closes what {@link start} has started; its errors are the business of the tests that expect them. */
export async function closeAll(): Promise<void> {
  await Promise.allSettled(open.splice(0).map(container => container.close()))
}

/** The problems that keep a container from starting; none when it starts. */
export async function problemsOf(options: ContainerOptions): Promise<readonly ContainerProblem[]> {
  const error = await rejection(start(options).then(() => undefined))
  if (error === undefined) return []
  if (error instanceof ContainerValidationError) return error.problems
  throw error
}

/** What a promise rejects with; `undefined` when it resolves. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise
    return undefined
  } catch (error) {
    return error
  }
}

/** What a function throws; `undefined` when it returns. */
export function thrown(fn: () => unknown): unknown {
  try {
    fn()
    return undefined
  } catch (error) {
    return error
  }
}

/** The codes and components of problems, in short. */
export function brief(problems: readonly ContainerProblem[]): string[] {
  return problems.map(problem => `${problem.code.replace('AMBIT_DI_', '')} ${problem.component}`)
}

/** A component as a build without emitted metadata makes it: decorated, and nothing emitted. */
export function bare<C extends Class>(target: C): C {
  Component()(target)
  return target
}

/** A component class made at run time, which says by `static inject` what it needs. */
export function made(
  name: string,
  inject: () => readonly unknown[],
  body: (...args: unknown[]) => void = () => {},
): Class<object> {
  const holder = {
    [name]: class {
      static get inject(): readonly unknown[] {
        return inject()
      }
      constructor(...args: unknown[]) {
        body.apply(this, args)
      }
    },
  }
  return bare(holder[name] as Class<object>)
}

/** A latch: something that a test lets happen. */
export function latch(): { readonly passed: Promise<void>; readonly open: () => void } {
  let open: () => void = () => {}
  const passed = new Promise<void>(resolve => (open = resolve))
  return { passed, open }
}

/** Lets everything run that waits for nothing but its turn. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await new Promise<void>(resolve => setImmediate(resolve))
}

export const NAME = new InjectionToken<string>('Name')
