'use strict'
// In a user's project: classes decorated through import in an application started through require, and the other way round.

const assert = require('node:assert/strict')
const required = require('ambit')

async function main() {
  const imported = await import('ambit')
  await serve(required, imported, await import('./esm/dist/classes.js'), 'dave')
  await serve(imported, required, require('./cjs/dist/classes.js'), 'erin')
}

/** Starts an application with one face of Ambit, for classes that were decorated with the other. */
async function serve(starter, other, { User, UserRepository, UserService }, username) {
  const app = await starter.bootstrap({
    database: { url: process.env['DATABASE_URL'], schema: 'create' },
    entities: [User],
    components: [UserRepository, UserService],
  })
  const [service, users] = [app.get(UserService), app.get(UserRepository)]
  await service.register(username)
  const before = await users.count()

  // The service joins the transaction that the other face began, so that it is undone with it.
  const undone = starter.transactional({}, async () => {
    assert.equal(other.currentTransaction()?.id, starter.currentTransaction()?.id)
    await service.register('undone')
    assert.equal(await users.count(), before + 1)
    throw new Error('on purpose')
  })
  await assert.rejects(undone, /on purpose/)
  assert.equal(await users.count(), before)
  await app.close()

  const closed = await other.transactional({}, () => 1).catch(error => error)
  assert.equal(closed.code, 'AMBIT_APP_NONE')
  assert.ok(closed instanceof require('ambit/errors').NoApplicationError)
}

main().catch(error => {
  console.error(error)
  process.exitCode = 1
})
