import { CrudRepository, entityManager, Repository, Transactional, UseInterceptors } from 'ambit'
import { UniqueViolationError } from 'ambit/errors'
import { committed, Note } from '../acceptance/notes'
import { A } from '../interception/support'
import { ENGINES, engineDatabase, runningApplication } from '../support/engines'

// Inside the boundary that a repository's method declares, database errors were still the driver's: rollback rules about the
// errors that callers catch matched nothing, unless an interceptor stood around the method.

const rules = { noRollbackFor: [UniqueViolationError] }

async function twice(): Promise<void> {
  await entityManager().insert(Note, { k: 'first' })
  await entityManager().insert(Note, { k: 'taken' })
}

@Repository(Note)
class Rules extends CrudRepository<Note, string> {
  @Transactional(rules)
  async plain(): Promise<void> {
    await twice()
  }

  @UseInterceptors(A)
  @Transactional(rules)
  async intercepted(): Promise<void> {
    await twice()
  }

  @Transactional(rules)
  async *steps(): AsyncGenerator<number> {
    yield 1
    await twice()
  }
}

const drained = async (steps: AsyncGenerator): Promise<void> => {
  for await (const step of steps) void step
}

// PostgreSQL aborts the transaction with the statement, whatever the rules say.
const engines = ENGINES.filter(({ oneWriter }) => oneWriter)

describe.each(engines)('rollback rules of a repository’s method, on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({ entities: [Note], components: [Rules, A] }))
  const ways = {
    'a method': (rules: Rules) => rules.plain(),
    'an intercepted one': (rules: Rules) => rules.intercepted(),
    'a generator': (rules: Rules) => drained(rules.steps()),
  }

  it.each(Object.entries(ways))('are about catalogue errors: %s', async (_, call) => {
    const repository = running.app.get(Rules)
    await repository.save({ k: 'taken' })
    await expect(call(repository)).rejects.toThrow(UniqueViolationError)
    expect(await committed(db)).toEqual(['first', 'taken'])
  })
})
