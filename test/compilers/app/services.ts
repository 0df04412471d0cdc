import { afterCommit, PageRequest, Service, Transactional } from 'ambit'
import { PersonRepository } from './person.repository.js'

@Service()
export class Registry {
  static readonly inject = [PersonRepository]
  readonly welcomed: string[] = []

  constructor(private readonly people: PersonRepository) {}

  @Transactional({ isolation: 'SERIALIZABLE' })
  async register(...names: string[]): Promise<void> {
    for (const name of names) {
      await this.people.save({ name, active: true })
      afterCommit(() => {
        this.welcomed.push(name)
      })
    }
  }

  @Transactional({ propagation: 'NESTED' })
  async tryOut(name: string): Promise<void> {
    await this.people.save({ name, active: true })
    throw new Error(`${name} was only tried out`)
  }
}

abstract class Reading {
  protected abstract readonly people: PersonRepository

  async names(): Promise<string[]> {
    const page = await this.people.findActive(PageRequest.of(0, 10))
    return page.content.map(person => person.name)
  }
}

@Service()
@Transactional()
export class Census extends Reading {
  static readonly inject = [PersonRepository, Registry]

  constructor(
    protected override readonly people: PersonRepository,
    private readonly registry: Registry,
  ) {
    super()
  }

  async take(name: string): Promise<{ names: string[]; active: number }> {
    await this.registry.tryOut('nobody').catch(() => undefined)
    await this.people.retire(name)
    return { names: await this.names(), active: await this.people.countByState({ active: true }) }
  }
}
