/** What a list of scenarios asks for, and what of it is left out, with the reason. */
export interface ScenarioList {
  readonly source: string
  /** The folder below `test` whose tests are looked through; by default this one. */
  readonly folder?: string
  readonly ids: readonly string[]
  readonly excluded: Readonly<Record<string, string>>
}

const OTHER_WAYS = 'Ambit has no switch for it: a transaction is always one'
const ENTITIES = "entities are TypeORM's: its decorators say what a column is"
const UNIT_OF_WORK = "about MikroORM's unit of work and its identity map; Ambit has none"

export const REQUIRED: readonly ScenarioList[] = [
  {
    source: 'Spring',
    folder: '.',
    ids: [
      ...ids('SP', [1, 2, 3, 4, 6, 7, 9, 10, 11, 13, 14, 15, 16, 18, 19, 20, 23, 24, 25, 27, 31, 32, 33]),
      ...ids('SP', [36, 37, 39, 40, 41, 42, 45, 46, 48, 49, 50, 53, 55, 56, 58, 59, 60, ...range(61, 68)]),
    ],
    excluded: {},
  },
  { source: 'varco: repositories', folder: '.', ids: lines('R', 12), excluded: {} },
  {
    source: 'varco: repositories over a database',
    folder: '.',
    ids: lines('O', 7),
    excluded: { O3: 'rows are what their columns say: a row of an older shape is a matter of migrations' },
  },
  {
    source: 'varco: queries',
    folder: '.',
    ids: lines('Q', 26),
    excluded: { Q17: 'values are read by the types of columns: there is no registry that somebody could fill' },
  },
  { source: 'varco: aggregations', folder: '.', ids: lines('A', 3), excluded: {} },
  {
    source: 'varco: what it promises and does not do',
    folder: '.',
    ids: lines('S', 15),
    excluded: {
      S4: ENTITIES,
      S9: 'migrations are those of TypeORM: its command line reads the entities',
      S14: ENTITIES,
      S15: 'Ambit has no tenants of its own; which application a call belongs to is tested for every kind of handle',
    },
  },
  {
    source: 'nestjs-cls',
    ids: ids('NC', range(1, 36)),
    excluded: {
      'NC-33': 'a stand-in for the database is a matter of the testing kit, which test/testing is for',
      'NC-34': 'a stand-in for the database is a matter of the testing kit, which test/testing is for',
    },
  },
  {
    source: 'MikroORM',
    ids: ids('MO', range(1, 72)),
    excluded: {
      'MO-45': OTHER_WAYS,
      'MO-47': UNIT_OF_WORK,
      'MO-48': UNIT_OF_WORK,
      'MO-49': UNIT_OF_WORK,
      'MO-50': UNIT_OF_WORK,
      'MO-51': UNIT_OF_WORK,
      'MO-52': UNIT_OF_WORK,
      'MO-53': OTHER_WAYS,
      'MO-63': OTHER_WAYS,
      'MO-64': OTHER_WAYS,
      'MO-65': OTHER_WAYS,
      'MO-66': OTHER_WAYS,
      'MO-71': 'about replicas, which no data source has yet',
      'MO-72': 'about seeding, which Ambit does not do',
    },
  },
  { source: "TypeORM's own suite", ids: ids('TO', range(1, 8)), excluded: {} },
  { source: 'what no peer tests', ids: ids('G', range(1, 20)), excluded: {} },
  {
    source: 'pico-ioc',
    folder: '.',
    ids: [...ids('PI', range(1, 66)), ...range(1, 26).map(number => `PI-W${number}`)],
    excluded: {},
  },
]

function ids(list: string, numbers: readonly number[]): readonly string[] {
  return numbers.map(number => `${list}-${String(number).padStart(2, '0')}`)
}

/** Ids without a dash, as that list has them. */
function lines(list: string, last: number): readonly string[] {
  return range(1, last).map(number => `${list}${number}`)
}

function range(first: number, last: number): readonly number[] {
  return Array.from({ length: last - first + 1 }, (_, at) => first + at)
}
