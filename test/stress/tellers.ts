import type { Application } from 'ambit'
import { CommitOutcomeUnknownError } from 'ambit/errors'
import { Bank, CARRY, type Kind, KINDS, RefusedTransfer } from './bank'
import { Random } from './random'

export interface Load {
  readonly seed: number
  /** Names the transfers: unique among all that work on the same accounts. */
  readonly name: string
  readonly workers: number
  readonly transfers: number
  readonly accounts: number
  readonly kinds?: readonly Kind[]
  /** Something that takes far longer than 30 ms. */
  readonly dawdle: () => Promise<unknown>
  /** Told of each transfer whose success was reported, at once. */
  readonly onDone?: (id: string) => void
}

/** What the callers were told. */
export class Tally {
  readonly done: string[] = []
  readonly withdrawn: string[] = []
  readonly failed: string[] = []
  readonly unknown: string[] = []
  readonly audited: string[] = []
  /** How often each error came, by its code or name. */
  readonly errors: Record<string, number> = {}

  get calls(): number {
    return this.done.length + this.withdrawn.length + this.failed.length + this.unknown.length
  }

  note(id: string, error: unknown): void {
    const known = error instanceof CommitOutcomeUnknownError ? this.unknown : this.failed
    known.push(id)
    const word = wordOf(error)
    this.errors[word] = (this.errors[word] ?? 0) + 1
  }
}

/** Lets workers carry out a number of transfers, each of a random kind. Every call comes to an end, and into the tally. */
export async function carryOut(app: Application, load: Load, tally = new Tally()): Promise<Tally> {
  const random = new Random(load.seed)
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < load.transfers) await one(app, load, { tally, random, number: (next += 1) })
  }
  await Promise.all(Array.from({ length: load.workers }, worker))
  return tally
}

interface Turn {
  readonly tally: Tally
  readonly random: Random
  readonly number: number
}

async function one(app: Application, load: Load, { tally, random, number }: Turn): Promise<void> {
  const [kind = 'plain', payer, amount] = [
    (load.kinds ?? KINDS)[random.below((load.kinds ?? KINDS).length)],
    1 + random.below(load.accounts),
    1 + random.below(9),
  ]
  const payee = 1 + ((payer + random.below(load.accounts - 1)) % load.accounts)
  const id = `${load.name} ${number} ${kind}`
  const abort = new AbortController()
  const turns = random.below(12)
  if (kind === 'aborted') void afterTurns(turns, () => abort.abort(new Error('changed their mind')))
  const desk = {
    bank: app.get(Bank),
    dawdle: load.dawdle,
    signal: abort.signal,
    audited: (line: string) => void tally.audited.push(line),
  }
  try {
    const answer = await CARRY[kind](desk, { id, payer, payee, amount })
    tally[answer].push(id)
    if (answer === 'done') load.onDone?.(id)
  } catch (error) {
    tally.note(id, error)
  }
}

async function afterTurns(turns: number, then: () => void): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await new Promise(resolve => setImmediate(resolve))
  then()
}

function wordOf(error: unknown): string {
  if (error instanceof RefusedTransfer) return 'refused'
  const { code, name } = error as { code?: unknown; name?: string }
  return typeof code === 'string' ? code : `${name ?? 'not an error'}: ${String(error).slice(0, 120)}`
}
