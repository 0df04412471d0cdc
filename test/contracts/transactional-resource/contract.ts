import type { OpenRequest, ResourceTransaction } from '../../../src/tx/transactional-resource'
import { BESIDE } from './cases/beside'
import { BEGINNING } from './cases/beginning'
import { CLASSIFICATION } from './cases/classification'
import { COMMIT } from './cases/commit'
import { FUSED } from './cases/fused'
import { LOSS } from './cases/loss'
import { SAVEPOINTS } from './cases/savepoints'
import { STATEMENTS } from './cases/statements'
import { WAITING } from './cases/waiting'
import { until } from '../../support/until'
import type { Command, ContractCase, ResourceUnderTest, Stage } from './resource-under-test'

/**
 * All that `TransactionalResource` and `ResourceTransaction` promise. A refusal is asked for as `rejects.toBeDefined()`: the
 * errors of better-sqlite3 are of the test file that loaded it first, and to `toThrow()` no errors in any other.
 */
export const CASES: readonly ContractCase[] = [
  ...BEGINNING,
  ...STATEMENTS,
  ...SAVEPOINTS,
  ...COMMIT,
  ...LOSS,
  ...FUSED,
  ...WAITING,
  ...BESIDE,
  ...CLASSIFICATION,
]

/** Cases that a resource cannot, or need not, fulfil: the name of each, and why. */
export type Skips = Readonly<Record<string, string>>

/** Declares the tests of one resource in the running file. */
export function contractTests(title: string, make: () => Promise<ResourceUnderTest>, skips: Skips): void {
  describe(title, () => {
    let resource: ResourceUnderTest | undefined
    const made = (): ResourceUnderTest => {
      if (resource === undefined) throw new Error('the resource exists in tests only')
      return resource
    }
    beforeAll(async () => {
      resource = await make()
    })
    beforeEach(() => made().reset())
    afterAll(() => resource?.close())

    it('skips only cases that there are, each for a reason', () => {
      expect(problemsOf(CASES, skips)).toEqual([])
    })
    for (const each of CASES) {
      const reason = skips[each.name]
      const declare = reason === undefined ? it : it.skip
      declare(reason === undefined ? each.name : `${each.name} [${reason}]`, () => runCase(made(), each))
    }
  })
}

/** What is wrong with a skip list. */
export function problemsOf(cases: readonly Pick<ContractCase, 'name'>[], skips: Skips): string[] {
  const names = cases.map(({ name }) => name)
  const repeated = names.filter((name, index) => names.indexOf(name) !== index)
  const unknown = Object.keys(skips).filter(name => !names.includes(name))
  const silent = Object.keys(skips).filter(name => (skips[name] ?? '').trim().length < SHORTEST_REASON)
  return [
    ...repeated.map(name => `two cases are called '${name}'`),
    ...unknown.map(name => `no case is called '${name}'`),
    ...silent.map(name => `'${name}' is skipped without a reason`),
  ]
}

/** Every case ends with nothing held, nothing open, and the control told as it was sent. */
async function runCase(resource: ResourceUnderTest, { run, toldExactly = true }: ContractCase): Promise<void> {
  const opened: ResourceTransaction[] = []
  const stage = stageOn(resource, opened)
  try {
    await run(stage)
  } catch (failure) {
    // Or the next case would find its connections taken.
    for (const transaction of opened.reverse()) await transaction.rollback().catch(() => undefined)
    throw failure
  }
  await until('nobody holds a connection or waits for one', () => {
    const { connections, waiting } = resource.port.usage ?? { connections: 0, waiting: 0 }
    return connections === 0 && waiting === 0
  })
  await until('the database has no open transaction', async () => (await resource.openTransactions()) === 0)
  if (toldExactly) expect(stage.told.flatMap(commandsOf)).toEqual(resource.sent().filter(isControl))
}

function stageOn(resource: ResourceUnderTest, opened: ResourceTransaction[]): Stage {
  const [told, waits, hooks]: [string[], number[], string[]] = [[], [], []]
  const request = (changes?: Partial<OpenRequest>): OpenRequest => ({
    id: 'default#1',
    label: 'Contract.case',
    isolation: undefined,
    readOnly: false,
    single: undefined,
    outer: undefined,
    waitTimeoutMs: 5_000,
    signal: undefined,
    remainingMs: () => undefined,
    unhooked: () => true,
    onControl: command => told.push(command),
    onLeased: waitedMs => waits.push(waitedMs),
    addHook: phase => hooks.push(phase),
    ...changes,
  })
  const open: Stage['open'] = changes => {
    const transaction = resource.port.open(request(changes))
    opened.push(transaction)
    return transaction
  }
  // Inherited, not copied: `port` may be a getter.
  return Object.assign(Object.create(resource) as ResourceUnderTest, {
    open,
    request,
    told,
    waits,
    hooks,
  })
}

function commandsOf(text: string): Command[] {
  return text.split(';').flatMap(each => CONTROL.find(command => each.trim().startsWith(command)) ?? [])
}

function isControl(command: Command): boolean {
  return CONTROL.includes(command)
}

/** `ROLLBACK TO` before `ROLLBACK`, which it begins with. */
const CONTROL: readonly Command[] = ['BEGIN', 'SAVEPOINT', 'ROLLBACK TO', 'RELEASE', 'COMMIT', 'ROLLBACK']
const SHORTEST_REASON = 10
