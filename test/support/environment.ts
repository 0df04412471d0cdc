import { TestEnvironment } from 'jest-environment-node'

const SETTLE_TURNS = 1_000
const TURN_MS = 10

/** jest-circus's names of what goes wrong in a file. */
const FAILURES: ReadonlySet<string> = new Set(['test_fn_failure', 'hook_failure', 'error'])

/** Node's test environment, in which a test file that leaves network connections open fails: a leak is a bug here. */
export default class LeakCheckingEnvironment extends TestEnvironment {
  #before = 0
  #failed = false

  override async setup(): Promise<void> {
    await super.setup()
    this.#before = openSockets()
  }

  /** Failures leave connections open, and ours would hide them: jest shows one or the other. */
  handleTestEvent = ({ name }: { readonly name: string }): void => {
    if (FAILURES.has(name)) this.#failed = true
  }

  override async teardown(): Promise<void> {
    const left = this.#failed ? 0 : await socketsLeft(this.#before)
    await super.teardown()
    if (left > 0)
      throw new Error(
        `This test file leaves ${left} network connection(s) open: close applications, pools and clients in afterAll.`,
      )
  }
}

/** A closed pool's sockets end a little later, so they get some seconds: a busy machine is slow. */
async function socketsLeft(before: number): Promise<number> {
  for (let turn = 0; turn < SETTLE_TURNS && openSockets() > before; turn++) {
    await new Promise(done => setTimeout(done, TURN_MS))
  }
  return openSockets() - before
}

function openSockets(): number {
  return process.getActiveResourcesInfo().filter(name => name.startsWith('TCP')).length
}
