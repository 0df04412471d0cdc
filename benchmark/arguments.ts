import { parseArgs } from 'node:util'
import { WORKLOADS } from './workloads/all'
import type { Workload } from './workloads/workload'

export interface BenchArguments {
  /** `undefined`: a PostgreSQL of our own. */
  readonly url: string | undefined
  readonly workloads: readonly Workload[]
  readonly rounds: number
  /** Of each variant, in milliseconds. */
  readonly warmUpMs: number
  /** Whether the page goes into `benchmark/results/` too. */
  readonly write: boolean
}

export const USAGE = `Usage: npm run bench -- [postgres://user@host/database] [--only one-row,join] [--rounds 31] [--warm-up 2000] [--write]
  without a URL  a PostgreSQL of its own is started
  --only         some works: ${WORKLOADS.map(({ name }) => name).join(', ')}
  --rounds       how often each variant is timed (31)
  --warm-up      milliseconds that each variant runs before it is timed (2000)
  --write        also writes benchmark/results/<date>.md`

/** @throws Error with a sentence for the user */
export function readArguments(args: readonly string[], environment: NodeJS.ProcessEnv): BenchArguments {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      only: { type: 'string' },
      rounds: { type: 'string', default: '31' },
      'warm-up': { type: 'string', default: '2000' },
      write: { type: 'boolean' },
    },
  })
  const [url = environment['DATABASE_URL'], surplus] = positionals
  if (surplus !== undefined) throw new Error(`There is one URL, '${surplus}' is too much.`)
  if (url !== undefined && !/^postgres(ql)?:/.test(url)) throw new Error('The URL must be one of PostgreSQL.')
  return {
    url,
    workloads: chosen(values.only),
    rounds: positive('--rounds', values.rounds),
    warmUpMs: positive('--warm-up', values['warm-up']),
    write: values.write ?? false,
  }
}

function chosen(only: string | undefined): readonly Workload[] {
  if (only === undefined) return WORKLOADS
  const names = only.split(',')
  const unknown = names.find(name => !WORKLOADS.some(workload => workload.name === name))
  if (unknown !== undefined) throw new Error(`There is no work '${unknown}'.`)
  return WORKLOADS.filter(({ name }) => names.includes(name))
}

function positive(option: string, text: string): number {
  const number = Number(text)
  if (!Number.isInteger(number) || number < 1) throw new Error(`${option} must be a positive number, not '${text}'.`)
  return number
}
