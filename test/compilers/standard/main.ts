import 'reflect-metadata'
import {
  Bean,
  CrudRepository,
  declared,
  isAmbitError,
  NotTransactional,
  PostConstruct,
  Primary,
  Query,
  Repository,
  Service,
  Transactional,
} from 'ambit'

// Each decorator where it may stand, in a build that calls them the standard way; what each says, as JSON.

class Person {
  name!: string
}

const CLASSES: Readonly<Record<string, () => unknown>> = {
  'Query on a property': () => {
    class People extends CrudRepository<Person> {
      @Query({ where: 'name = :name' })
      findNamed!: (name: string) => Promise<Person[]>
    }
    return People
  },
  'Query on a method': () => {
    class People extends CrudRepository<Person> {
      @Query({ where: 'name = :name' })
      findNamed(name: string): Promise<Person[]> {
        return declared(name)
      }
    }
    return People
  },
  'Query.sql on a method': () => {
    class People {
      @Query.sql('SELECT 1', { result: 'scalar' })
      one(): Promise<number> {
        return declared()
      }
    }
    return People
  },
  'Repository on a class': () => {
    @Repository(Person)
    class People extends CrudRepository<Person> {}
    return People
  },
  'Service on a class': () => {
    @Service()
    class Registry {}
    return Registry
  },
  'Transactional on a class': () => {
    @Transactional()
    class Registry {}
    return Registry
  },
  'Transactional on a method': () => {
    class Registry {
      @Transactional()
      async register(): Promise<void> {}
    }
    return Registry
  },
  'Transactional without parentheses': () => {
    class Registry {
      @Transactional
      async register(): Promise<void> {}
    }
    return Registry
  },
  'NotTransactional on a method': () => {
    class Registry {
      @NotTransactional()
      async register(): Promise<void> {}
    }
    return Registry
  },
  'Bean on a method': () => {
    class Settings {
      @Bean(Person)
      person(): Person {
        return new Person()
      }
    }
    return Settings
  },
  'PostConstruct on a method': () => {
    class Registry {
      @PostConstruct()
      open(): void {}
    }
    return Registry
  },
  'Primary on a class': () => {
    @Primary()
    class Registry {}
    return Registry
  },
}

console.log(
  JSON.stringify(Object.fromEntries(Object.entries(CLASSES).map(([name, define]) => [name, verdict(define)]))),
)

function verdict(define: () => unknown): string {
  try {
    define()
    return 'accepted'
  } catch (error) {
    return isAmbitError(error) ? error.message : String(error)
  }
}
