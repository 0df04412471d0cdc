import { ApplicationContext, ownInstance, registerApplication, runInApplication } from '../../src/core/applications'
import { currentContext } from '../../src/core/async-context'
import type { CrossDataSourceWrites } from '../../src/tx/cross-writes'
import { Environment } from '../../src/tx/environment'
import type { ExecutionEvent, ExecutionListener } from '../../src/tx/execution-listener'
import { defineTransaction, type TransactionalOptions } from '../../src/tx/options'
import { runStatement } from '../../src/tx/statement'
import { TransactionManager } from '../../src/tx/transaction-manager'
import { TRANSACTION_MANAGERS } from '../../src/tx/transaction-managers'
import { type FakeOptions, FakeResource } from '../support/fake-resource'
import type { FakeTransaction } from '../support/fake-transaction'

export { gate } from '../support/gate'

export interface TestAppOptions extends Omit<FakeOptions, 'name'> {
  readonly application?: string
  readonly dataSources?: readonly string[]
  readonly waitTimeoutMs?: number
  readonly hookTimeoutMs?: number
  readonly crossDataSourceWrites?: CrossDataSourceWrites
  /** Whether an execution listener is attached: the engine takes other paths with one. Default false. */
  readonly observed?: boolean
  readonly listeners?: readonly ExecutionListener[]
  /** What the logger does with an error. Default: nothing. */
  readonly logError?: (message: string) => void
}

/** An application without a container: transaction managers over fakes, and what was reported and observed. */
export class TestApp {
  readonly context: ApplicationContext
  /** What had no caller to be thrown at. */
  readonly reports: Error[] = []
  readonly warnings: string[] = []
  readonly events: ExecutionEvent[] = []
  readonly environment: Environment
  readonly #managers = new Map<string, TransactionManager>()
  readonly #fakes = new Map<string, FakeResource>()

  constructor(options: TestAppOptions = {}) {
    this.context = new ApplicationContext(options.application ?? 'test')
    this.environment = new Environment({
      waitTimeoutMs: options.waitTimeoutMs ?? 5_000,
      hookTimeoutMs: options.hookTimeoutMs ?? 10_000,
      listeners: [
        ...(options.observed ? [{ onEvent: (event: ExecutionEvent) => this.events.push(event) }] : []),
        ...(options.listeners ?? []),
      ],
      ...(options.crossDataSourceWrites && { crossDataSourceWrites: options.crossDataSourceWrites }),
      logger: {
        info: () => undefined,
        warn: message => this.warnings.push(message),
        error: options.logError ?? (() => undefined),
      },
      onError: error => this.reports.push(error),
    })
    for (const name of options.dataSources ?? ['default']) this.#add(new FakeResource({ ...options, name }))
    this.context.set(TRANSACTION_MANAGERS, this.#managers)
    registerApplication(this.context)
  }

  get db(): FakeResource {
    return this.fake('default')
  }

  get manager(): TransactionManager {
    return this.managerOf('default')
  }

  fake(dataSource: string): FakeResource {
    return known(this.#fakes, dataSource)
  }

  managerOf(dataSource: string): TransactionManager {
    return known(this.#managers, dataSource)
  }

  /** Runs a statement as the data-source layer does: in the running scope, else on a connection of its own. */
  async sql(text: string, dataSource = 'default'): Promise<string[]> {
    const scope = this.managerOf(dataSource).current
    if (scope === undefined || scope.state === 'empty') return this.fake(dataSource).autocommit(text)
    return runStatement(scope, this.environment, {
      text,
      effect: text.startsWith('select') ? 'read' : 'write',
      run: () => (scope.physical?.resource as FakeTransaction).execute(text),
    })
  }

  /** A boundary of the kind that repositories make. */
  implicit<T>(label: string, fn: () => Promise<T>, options: TransactionalOptions = {}): Promise<T> {
    const definition = defineTransaction(options, label, true)
    const call = { definition, fn, self: undefined, args: [] }
    return this.managerOf(definition.dataSource).execute(call) as Promise<T>
  }

  run<T>(fn: () => T): T {
    return runInApplication(this.context, fn)
  }

  own<T extends object>(instance: T): T {
    ownInstance(instance, this.context)
    return instance
  }

  /** What must hold after every scenario. */
  assertClean(): void {
    for (const [name, fake] of this.#fakes) {
      expect({ name, open: fake.openConnections, violations: fake.violations }).toEqual({
        name,
        open: [],
        violations: [],
      })
      expect(this.managerOf(name).running.size).toBe(0)
    }
    expect(currentContext()).toBeUndefined()
  }

  close(): void {
    this.context.close()
  }

  #add(fake: FakeResource): void {
    this.#fakes.set(fake.name, fake)
    this.#managers.set(fake.name, new TransactionManager(fake, this.environment, this.context))
  }
}

/** A fresh application for each test of the file, checked and closed after it. */
export function eachTest(options: TestAppOptions = {}): { readonly app: TestApp } {
  let running: TestApp | undefined
  beforeEach(() => {
    running = new TestApp(options)
  })
  afterEach(() => {
    const ended = running
    running = undefined
    ended?.close()
    ended?.assertClean()
  })
  return {
    get app() {
      if (running === undefined) throw new Error('no test is running')
      return running
    },
  }
}

/** The error of a promise that must reject. */
export async function rejection(promise: Promise<unknown>): Promise<Error & { readonly code?: unknown }> {
  const settled = await promise.then(
    value => ({ value }),
    (error: unknown) => ({ error }),
  )
  if ('error' in settled && settled.error instanceof Error) return settled.error
  throw new Error(`the promise should have rejected with an Error, but gave ${JSON.stringify(settled)}`)
}

/** What a promise came to, as a word: `ok` or the error's code, or its message where it has none. */
export async function outcomeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise
    return 'ok'
  } catch (error) {
    if (!(error instanceof Error)) return String(error)
    const { code } = error as { code?: unknown }
    return typeof code === 'string' ? code : error.message
  }
}

/** Lets everything run that is ready to run. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise<void>(resolve => setImmediate(resolve))
}

function known<T>(map: ReadonlyMap<string, T>, name: string): T {
  const found = map.get(name)
  if (found === undefined) throw new Error(`the test has no data source '${name}'`)
  return found
}
