import {
  bootstrap,
  type BootstrapOptions,
  CrudRepository,
  declared,
  type Page,
  PageRequest,
  Query,
  Repository,
  Sort,
} from 'ambit'
import { ENGINES, engineDatabase, silentLogger } from '../support/engines'
import { LIBRARY, Publisher, Volume } from './library'

interface Failure extends Error {
  readonly code?: string
  readonly problems?: readonly { readonly code: string; readonly message: string }[]
}

type Many = Promise<Volume[]>

/** Each class has one mistake in one method. */
const MISTAKES: Record<string, { readonly code: string; readonly says: RegExp; make(): new () => object }> = {
  'an unknown property': {
    code: 'AMBIT_QUERY_UNKNOWN_PROPERTY',
    says: /'titel' is no property of Volume/,
    make: () => {
      @Repository(Volume)
      class Wrong extends CrudRepository<Volume, string> {
        @Query.unchecked() declare findByTitel: (title: string) => Many
      }
      return Wrong
    },
  },
  'a method with too few parameters': {
    code: 'AMBIT_QUERY_PARAMETER_MISSING',
    says: /takes 2 arguments, and its method declares 1/,
    make: () => {
      @Repository(Volume)
      class Wrong extends CrudRepository<Volume, string> {
        @Query.unchecked() findByTitleAndNote(title: string): Many {
          return declared(title)
        }
      }
      return Wrong
    },
  },
  'a method with too many parameters': {
    code: 'AMBIT_QUERY_PARAMETER_UNUSED',
    says: /takes one argument, and its method declares 2/,
    make: () => {
      @Repository(Volume)
      class Wrong extends CrudRepository<Volume, string> {
        @Query.unchecked() findByTitle(title: string, note: string): Many {
          return declared(title, note)
        }
      }
      return Wrong
    },
  },
  'named parameters by place without args': {
    code: 'AMBIT_QUERY_PARAMETER_UNUSED',
    says: /args: \['from', 'to'\]/,
    make: () => {
      @Repository(Volume)
      class Wrong extends CrudRepository<Volume, string> {
        @Query.unchecked({ where: 'copies between :from and :to' }) copied(from: number, to: number): Many {
          return declared(from, to)
        }
      }
      return Wrong
    },
  },
  'SP-49 a named parameter without an argument': {
    code: 'AMBIT_QUERY_PARAMETER_MISSING',
    says: /takes one argument, and its method declares 0/,
    make: () => {
      class Wrong extends CrudRepository<Volume, string> {
        titled(): Many {
          return declared()
        }
      }
      const titled = Object.getOwnPropertyDescriptor(Wrong.prototype, 'titled')
      Query.sql('SELECT * FROM volume WHERE title = :title')(Wrong.prototype as never, 'titled', titled as never)
      Repository(Volume)(Wrong)
      return Wrong
    },
  },
  'SP-49 a parameter that args leaves out': {
    code: 'AMBIT_QUERY_PARAMETER_MISSING',
    says: /args of Wrong\.titled leaves out :note/,
    make: () => {
      class Wrong extends CrudRepository<Volume, string> {}
      const options = { args: ['title'] } as const
      Query.sql('SELECT * FROM volume WHERE title = :title OR note = :note', options as object)(
        Wrong.prototype as never,
        'titled',
      )
      Repository(Volume)(Wrong)
      return Wrong
    },
  },
  'SP-49 a name in args that the text does not have': {
    code: 'AMBIT_QUERY_PARAMETER_UNKNOWN',
    says: /args of Wrong\.titled names 'nte'/,
    make: () => {
      class Wrong extends CrudRepository<Volume, string> {}
      const options = { args: ['title', 'nte'] } as const
      Query.sql('SELECT * FROM volume WHERE title = :title', options as object)(Wrong.prototype as never, 'titled')
      Repository(Volume)(Wrong)
      return Wrong
    },
  },
  'a page request and a sort': {
    code: 'AMBIT_QUERY_PARAMETER_UNUSED',
    says: /takes 2 arguments, and its method declares 3/,
    make: () => {
      @Repository(Volume)
      class Wrong extends CrudRepository<Volume, string> {
        @Query.unchecked({ result: 'page' })
        findByTitle(title: string, page: PageRequest, sort: Sort): Promise<Page<Volume>> {
          return declared(title, page, sort)
        }
      }
      return Wrong
    },
  },
  'two sorts': {
    code: 'AMBIT_QUERY_PARAMETER_UNUSED',
    says: /takes one argument, and its method declares 3/,
    make: () => {
      @Repository(Volume)
      class Wrong extends CrudRepository<Volume, string> {
        @Query.unchecked() findByTitle(title: string, first: Sort, second: Sort): Many {
          return declared(title, first, second)
        }
      }
      return Wrong
    },
  },
  'a page without a page request': {
    code: 'AMBIT_QUERY_PAGE_MISSING',
    says: /its method declares no PageRequest/,
    make: () => {
      @Repository(Volume)
      class Wrong extends CrudRepository<Volume, string> {
        @Query.unchecked({ result: 'page' }) findByTitle(title: string): Promise<Page<Volume>> {
          return declared(title)
        }
      }
      return Wrong
    },
  },
  'a slice of everything without a page request': {
    code: 'AMBIT_QUERY_PAGE_MISSING',
    says: /its method declares no PageRequest/,
    make: () => {
      @Repository(Volume)
      class Wrong extends CrudRepository<Volume, string> {
        @Query.unchecked({ where: 'copies > 1', result: 'slice' }) several(): Many {
          return declared()
        }
      }
      return Wrong
    },
  },
  'a single value for a list': {
    code: 'AMBIT_QUERY_PARAMETER_LIST',
    says: /Parameter 1 of Wrong\.findByTitleIn stands for a list/,
    make: () => {
      @Repository(Volume)
      class Wrong extends CrudRepository<Volume, string> {
        @Query.unchecked() findByTitleIn(titles: string): Many {
          return declared(titles)
        }
      }
      return Wrong
    },
  },
  'a list for a single value': {
    code: 'AMBIT_QUERY_PARAMETER_LIST',
    says: /Parameter 2 of Wrong\.titled stands for a single value/,
    make: () => {
      @Repository(Volume)
      class Wrong extends CrudRepository<Volume, string> {
        @Query.unchecked({ where: 'title = :title and note = :note', args: ['title', 'note'] })
        titled(title: string, note: string[]): Many {
          return declared(title, note)
        }
      }
      return Wrong
    },
  },
  'a parameter that is a list and a value': {
    code: 'AMBIT_QUERY_PARAMETER_LIST',
    says: /:x of Wrong\.both stands for a list in one place and for a single value in another/,
    make: () => {
      @Repository(Volume)
      class Wrong extends CrudRepository<Volume, string> {
        @Query.unchecked({ where: 'title = :x or note in :x' }) declare both: (x: string) => Many
      }
      return Wrong
    },
  },
  'IsEmpty on a single value': {
    code: 'AMBIT_QUERY_OPERATOR_TYPE',
    says: /IsEmpty/,
    make: () => {
      @Repository(Volume)
      class Wrong extends CrudRepository<Volume, string> {
        @Query.unchecked() declare findByTitleIsEmpty: () => Many
      }
      return Wrong
    },
  },
  'a regular expression': {
    code: 'AMBIT_QUERY_DERIVED_NAME',
    says: /'MatchesRegex' is no operator of derived names here/,
    make: () => {
      @Repository(Volume)
      class Wrong extends CrudRepository<Volume, string> {
        @Query.unchecked() declare findByTitleMatchesRegex: (pattern: string) => Many
      }
      return Wrong
    },
  },
  'SP-45 IgnoreCase on a number, in a name': {
    code: 'AMBIT_QUERY_OPERATOR_TYPE',
    says: /IgnoreCase needs a string; 'copies' of Volume holds a number/,
    make: () => {
      @Repository(Volume)
      class Wrong extends CrudRepository<Volume, string> {
        @Query.unchecked() declare findByCopiesIgnoreCase: (copies: number) => Many
      }
      return Wrong
    },
  },
  'ignore case on a number, in an expression': {
    code: 'AMBIT_QUERY_OPERATOR',
    says: /'ignore case' needs a string; 'copies' of Volume holds a number/,
    make: () => {
      @Repository(Volume)
      class Wrong extends CrudRepository<Volume, string> {
        @Query.unchecked({ where: 'copies = :copies ignore case' }) declare copied: (copies: number) => Many
      }
      return Wrong
    },
  },
  'a pattern on a number': {
    code: 'AMBIT_QUERY_OPERATOR',
    says: /'starts with' needs a string; 'copies' of Volume holds a number/,
    make: () => {
      @Repository(Volume)
      class Wrong extends CrudRepository<Volume, string> {
        @Query.unchecked({ where: 'title = :t or copies starts with :c' })
        declare copied: (params: { t: string; c: string }) => Many
      }
      return Wrong
    },
  },
  'a truth of a text': {
    code: 'AMBIT_QUERY_OPERATOR',
    says: /'is true' needs a boolean or a number; 'title' of Volume holds a string/,
    make: () => {
      @Repository(Volume)
      class Wrong extends CrudRepository<Volume, string> {
        @Query.unchecked({ where: 'title is true' }) declare trueOnes: () => Many
      }
      return Wrong
    },
  },
  'a page of what no count can be put around: a write in a WITH': {
    code: 'AMBIT_QUERY_KIND_MISMATCH',
    says: /Wrong\.moved cannot answer 'page'/,
    make: () => {
      @Repository(Volume)
      class Wrong extends CrudRepository<Volume, string> {
        @Query.sql('WITH gone AS (DELETE FROM volume RETURNING id) SELECT id FROM gone', { result: 'page' })
        declare moved: (page: PageRequest) => Promise<Page<unknown>>
      }
      return Wrong
    },
  },
  'a page of what takes no range': {
    code: 'AMBIT_QUERY_KIND_MISMATCH',
    says: /its text is no SELECT/,
    make: () => {
      @Repository(Volume)
      class Wrong extends CrudRepository<Volume, string> {
        @Query.sql('EXPLAIN SELECT 1', { result: 'page' })
        declare explained: (page: PageRequest) => Promise<Page<unknown>>
      }
      return Wrong
    },
  },
  'SP-50 an entity of a write': {
    code: 'AMBIT_QUERY_KIND_MISMATCH',
    says: /cannot answer 'one': it writes, and returns no rows/,
    make: () => {
      @Repository(Volume)
      class Wrong extends CrudRepository<Volume, string> {
        @Query.sql('UPDATE volume SET copies = 1', { result: 'one' }) declare reset: () => Promise<unknown>
      }
      return Wrong
    },
  },
  'SP-50 a list of a write, written out': {
    code: 'AMBIT_QUERY_KIND_MISMATCH',
    says: /Add RETURNING to the statement, or use 'affected'/,
    make: () => {
      @Repository(Volume)
      class Wrong extends CrudRepository<Volume, string> {
        @Query.sql('WITH x AS (SELECT 1) DELETE FROM volume', { result: 'many' }) declare reset: () => Many
      }
      return Wrong
    },
  },
  'SP-50 a page of a write': {
    code: 'AMBIT_QUERY_KIND_MISMATCH',
    says: /cannot answer 'page'/,
    make: () => {
      @Repository(Volume)
      class Wrong extends CrudRepository<Volume, string> {
        @Query.sql('DELETE FROM volume RETURNING id', { result: 'page' })
        declare gone: (page: PageRequest) => Promise<Page<unknown>>
      }
      return Wrong
    },
  },
  'a name of CrudRepository as a derived query': {
    code: 'AMBIT_QUERY_DERIVED_NAME',
    says: /'findById' is a method of CrudRepository, which a query of that name would hide/,
    make: () => {
      class Wrong extends CrudRepository<Volume, string> {}
      Query.unchecked()(Wrong.prototype, 'findById')
      Repository(Volume)(Wrong)
      return Wrong
    },
  },
  'declared() without its decorator': {
    code: 'AMBIT_QUERY_SOURCES',
    says: /Wrong\.byTitle is to be a query, and nothing says which/,
    make: () => {
      @Repository(Volume)
      class Wrong extends CrudRepository<Volume, string> {
        async byTitle(title: string): Many {
          return declared(title)
        }
      }
      return Wrong
    },
  },
  'a field that is named as a query, without @Query and declare': {
    code: 'AMBIT_QUERY_SOURCES',
    says: /Wrong\.findByTitle is to be a query, and nothing says which/,
    make: () => {
      // As compilers with standard fields leave it.
      // eslint-disable-next-line @typescript-eslint/no-implied-eval -- ts-jest writes fields otherwise
      const make = new Function('Base', 'return class Wrong extends Base { findByTitle; other; }')
      const Wrong = (make as (base: unknown) => new () => object)(CrudRepository)
      Repository(Volume)(Wrong)
      return Wrong
    },
  },
  'an entity that the data source does not map': {
    code: 'AMBIT_REPOSITORY_INVALID',
    says: /Wrong is a repository of Stranger, which the data source 'default' does not map/,
    make: () => {
      class Stranger {}
      @Repository(Stranger)
      class Wrong {}
      return Wrong
    },
  },
  'a data source that is not there': {
    code: 'AMBIT_REPOSITORY_INVALID',
    says: /Wrong belongs to the data source 'reporting', which the application does not have/,
    make: () => {
      @Repository({ entity: Volume, dataSource: 'reporting' })
      class Wrong extends CrudRepository<Volume, string> {
        @Query() declare findByTitle: (title: string) => Many
      }
      return Wrong
    },
  },
}

describe.each(ENGINES)('what the start of repositories checks on $name', engine => {
  const db = engineDatabase(engine)
  const start = async (components: NonNullable<BootstrapOptions['components']>): Promise<Failure | undefined> => {
    db.log.clear()
    const database = { ...db.settings, schema: 'none' as const }
    return bootstrap({ database, ...LIBRARY, components, logger: silentLogger }).then(
      app => app.close().then(() => undefined),
      (error: unknown) => error as Failure,
    )
  }

  it.each(Object.keys(MISTAKES))('SP-58 %s is refused before any SQL, with class and method', async name => {
    const { code, says, make } = MISTAKES[name] as (typeof MISTAKES)[string]
    const failure = await start([make()])
    expect(failure?.problems?.map(problem => problem.code)).toEqual([code])
    expect(failure?.message).toMatch(says)
    expect(failure?.message).toContain('Wrong')
    expect(db.log.texts).toEqual([])
  })

  it('SP-58 all of them come in one error, by class and member, however the classes are listed', async () => {
    const classes = Object.values(MISTAKES).map(({ make }, index) => {
      const made = make()
      Object.defineProperty(made, 'name', { value: `R${String(index).padStart(2, '0')}` })
      return made
    })
    const forwards = await start(classes)
    const backwards = await start(classes.toReversed())
    expect(forwards?.problems?.map(({ code }) => code)).toEqual(Object.values(MISTAKES).map(({ code }) => code))
    expect(backwards?.message).toBe(forwards?.message)
  })

  it('SP-58 a container with valid queries only starts, in every form that a method can have', async () => {
    @Repository(Volume)
    class Right extends CrudRepository<Volume, string> {
      @Query() findByTitle(title: string): Many {
        return declared(title)
      }
      @Query() findByTitleIn(titles: string[]): Many {
        return declared(titles)
      }
      @Query.unchecked() findByNote(...notes: string[]): Many {
        return declared(...notes)
      }
      @Query.unchecked() findByCopies(copies = 1): Many {
        return declared(copies)
      }
      @Query.unchecked({ where: 'copies between :from and :to' }) copied(range: { from: number; to: number }): Many {
        return declared(range)
      }
      @Query.unchecked({ where: 'copies between :from and :to', args: ['from', 'to'], result: 'page' })
      between(from: number, to: number, page: PageRequest): Promise<Page<Volume>> {
        return declared(from, to, page)
      }
      @Query.unchecked({ where: 'title is not null', result: 'page' })
      all(page?: PageRequest | null): Promise<Page<Volume>> {
        return declared(page)
      }
      @Query.sql('UPDATE volume SET copies = 1') declare reset: () => Promise<unknown>
      @Query.sql('DELETE FROM volume RETURNING id', { result: 'many' }) declare clear: () => Promise<unknown[]>
      @Query({ where: 'id = :id and copies > 0', result: 'one' })
      override findById(id: string): Promise<Volume | null> {
        return declared(id)
      }
    }
    @Repository(Publisher)
    class Undeclared {
      // It extends no CrudRepository, so that the name is free.
      @Query.unchecked() declare findById: (id: number) => Promise<Publisher[]>
    }
    expect(await start([Right, Undeclared])).toBeUndefined()
  })

  it('two queries on one member are refused when the class is defined', () => {
    class Twice {}
    Query.unchecked({ where: 'title = :title' })(Twice.prototype, 'find')
    expect(() => Query.sql('SELECT 1')(Twice.prototype as never, 'find')).toThrow(
      expect.objectContaining({ code: 'AMBIT_QUERY_SOURCES', message: expect.stringContaining('Twice.find') }),
    )
  })
})
