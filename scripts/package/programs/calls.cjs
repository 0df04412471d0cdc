'use strict'
// In a user's project: many calls of each kind, for whoever watches what V8 makes for them.

const { bootstrap, PageRequest, transactional, WindowRequest, Sort, where } = require('ambit')
const { User, UserRepository, UserService } = require('./cjs/dist/classes.js')

async function main(times) {
  const app = await bootstrap({
    database: { url: 'sqlite::memory:', schema: 'create' },
    entities: [User],
    components: [UserRepository, UserService],
  })
  for (const call of kindsOf(app.get(UserRepository), app.get(UserService)))
    for (let index = 0; index < times; index += 1) await call(`${call.name} ${index}`)
  await app.close()
}

function kindsOf(users, service) {
  const active = where().eq('active', true)
  return [
    async function nothing() {
      await transactional({}, async () => undefined)
    },
    async function nested() {
      await transactional({}, () => transactional({ propagation: 'NESTED' }, () => users.count()))
    },
    async function service_(username) {
      await service.register(username)
    },
    async function insert(username) {
      const { id } = await users.insert({ username, active: true })
      await users.update(id, { active: false })
      await users.deleteById(id)
    },
    async function save(username) {
      await users.saveAll([{ username, active: false }])
    },
    async function read() {
      await users.findById(1)
      await users.findMany(active, { limit: 2, offset: 1, sort: Sort.by('username') })
      await users.findPage(active, PageRequest.of(0, 2))
      await users.findWindow(active, WindowRequest.first(2, Sort.by('username')))
      await users.select(['username'], active, { limit: 1 })
    },
  ]
}

main(Number(process.argv[2])).catch(error => {
  console.error(error)
  process.exitCode = 1
})
