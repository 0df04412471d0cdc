import 'reflect-metadata'
import { bootstrap, PageRequest } from 'ambit'
import { AuditLine, AuditLineRepository, AuditLog } from './audit-log'
import { StatementTree } from './statement-tree'
import { User } from './user'
import { UserRepository } from './user.repository'
import { UserExistsError, UserService } from './user.service'

/** The first argument, or DATABASE_URL, says where: `sqlite:.tmp/quickstart.db` (the default) or `postgres://…`. */
const url = process.argv[2] ?? process.env['DATABASE_URL'] ?? 'sqlite:.tmp/quickstart.db'

async function main(): Promise<void> {
  console.log(`Ambit quickstart on ${withoutPassword(url)}\n`)
  const app = await bootstrap({
    database: { url, schema: 'create' },
    entities: [User, AuditLine],
    components: [UserRepository, UserService, AuditLineRepository, AuditLog],
    listeners: [new StatementTree()],
  })
  try {
    const users = app.get(UserRepository)
    const service = app.get(UserService)
    await forgetEarlierRuns(app.get(AuditLineRepository), users)

    console.log('1. Register alice: one transaction, a savepoint inside it, one commit')
    const alice = await service.register('alice')
    console.log(`  → ${alice.username} has the id ${alice.id}\n`)

    console.log('2. Register alice again: refused by the duplicate check, rolled back')
    await service.register('alice').catch((error: unknown) => {
      if (!(error instanceof UserExistsError)) throw error
      console.log(`  → refused: ${error.message}\n`)
    })

    console.log('3. Register bob while his audit line already exists: the savepoint is undone, bob stays')
    await app.get(AuditLineRepository).insert({ text: 'registered bob' })
    await service.register('bob')
    console.log()

    console.log('4. What is stored')
    const page = await users.findByActiveTrueOrderByUsernameAsc(PageRequest.of(0, 10))
    const active = await users.countByState({ active: true })
    console.log(
      `  → ${page.total} active users (${active} by SQL): ${page.content.map(user => user.username).join(', ')}`,
    )
  } finally {
    await app.close()
  }
}

async function forgetEarlierRuns(lines: AuditLineRepository, users: UserRepository): Promise<void> {
  console.log('0. Forget earlier runs')
  await lines.deleteAll(await lines.findAll())
  await users.deleteAll(await users.findAll())
  console.log()
}

function withoutPassword(text: string): string {
  return text.replace(/:\/\/([^:@/]*):[^@/]*@/, '://$1:***@')
}

main().catch((error: unknown) => {
  console.error(error)
  process.exitCode = 1
})
