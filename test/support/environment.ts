import { TestEnvironment } from 'jest-environment-node'

const SETTLE_TURNS = 50
const TURN_MS = 10

/** Node's test environment, in which a test file that leaves network connections open fails: a leak is a bug here. */
export default class LeakCheckingEnvironment extends TestEnvironment {
  #before = 0

  override async setup(): Promise<void> {
    await super.setup()
    this.#before = openSockets()
  }

  override async teardown(): Promise<void> {
    const left = await socketsLeft(this.#before)
    await super.teardown()
    if (left > 0)
      throw new Error(
        `This test file leaves ${left} network connection(s) open: close applications, pools and clients in afterAll.`,
      )
  }
}

/** A closed pool's sockets end a little later, so they get half a second. */
async function socketsLeft(before: number): Promise<number> {
  for (let turn = 0; turn < SETTLE_TURNS && openSockets() > before; turn++) {
    await new Promise(done => setTimeout(done, TURN_MS))
  }
  return openSockets() - before
}

function openSockets(): number {
  return process.getActiveResourcesInfo().filter(name => name.startsWith('TCP')).length
}
