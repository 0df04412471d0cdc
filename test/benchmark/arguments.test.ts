import { readArguments, USAGE } from '../../benchmark/arguments'
import { WORKLOADS } from '../../benchmark/workloads/all'

const URL = 'postgres://someone@host/database'

describe('the arguments of the benchmark', () => {
  it('are all works on a server of its own, unless said otherwise', () => {
    const without = { url: undefined, workloads: WORKLOADS, rounds: 31, warmUpMs: 2000, write: false }
    expect(readArguments([], {})).toEqual(without)
  })

  it('take the URL from the command line before the environment', () => {
    expect(readArguments([], { DATABASE_URL: URL }).url).toBe(URL)
    expect(readArguments(['postgresql://other/x'], { DATABASE_URL: URL }).url).toBe('postgresql://other/x')
  })

  it('choose works, in the order of the page', () => {
    const words = ['--only', 'one-row,join', '--rounds', '5', '--warm-up', '100', '--write', URL]
    const { workloads, ...others } = readArguments(words, {})
    expect(workloads.map(({ name }) => name)).toEqual(['join', 'one-row'])
    expect(others).toEqual({ url: URL, rounds: 5, warmUpMs: 100, write: true })
  })

  it.each([
    [['--only', 'nope'], "There is no work 'nope'."],
    [['--rounds', '0'], "--rounds must be a positive number, not '0'."],
    [['--rounds', 'many'], "--rounds must be a positive number, not 'many'."],
    [['--rounds', '1.5'], "--rounds must be a positive number, not '1.5'."],
    [['--warm-up', '-1'], "Option '--warm-up' argument is ambiguous"],
    [['--warm-up', '0'], "--warm-up must be a positive number, not '0'."],
    [['mysql://host/x'], 'The URL must be one of PostgreSQL.'],
    [[URL, 'more'], "There is one URL, 'more' is too much."],
    [['--fast'], "Unknown option '--fast'"],
  ])('are refused when they are %j', (args, message) => {
    expect(() => readArguments(args, {})).toThrow(message)
  })

  it('are explained with every work', () => {
    for (const { name } of WORKLOADS) expect(USAGE).toContain(name)
  })
})
