export { CrudRepository } from './crud-repository'
export { InjectRepository, repositoryToken } from './inject-repository.decorator'
export { Repository, type RepositoryOptions } from './repository.decorator'
