import { afterCommit, Service, Transactional } from 'ambit'
import { AuditLog } from './audit-log'
import type { User } from './user'
import { UserRepository } from './user.repository'

export class UserExistsError extends Error {
  constructor(username: string) {
    super(`User '${username}' already exists.`)
  }
}

@Service()
export class UserService {
  constructor(
    private readonly users: UserRepository,
    private readonly audit: AuditLog,
  ) {}

  @Transactional()
  async register(username: string): Promise<User> {
    if (await this.users.findByUsername(username)) throw new UserExistsError(username)
    const user = await this.users.save({ username, active: true })
    await this.audit.tryToRecord(`registered ${username}`)
    afterCommit(() => {
      console.log(`  (afterCommit: a welcome mail to ${username} could go out now)`)
    })
    return user
  }
}
