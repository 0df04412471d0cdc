import { Service } from 'ambit'
import { PersonRepository } from './person.repository.js'

/** Only the emitted metadata says what it needs. */
@Service()
export class ByType {
  constructor(readonly people: PersonRepository) {}
}
