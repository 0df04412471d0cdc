'use strict'
// Databases for the programs of the package check: each is new for each program, and can tell which users are stored in it.

const { randomBytes } = require('node:crypto')
const { join } = require('node:path')

const POSTGRES = process.env['AMBIT_TEST_POSTGRES_URL']

/** The kinds there are on this machine: PostgreSQL where AMBIT_TEST_POSTGRES_URL names a server. */
const DATABASES = [inMemory, inFile, ...(POSTGRES ? [onPostgres] : [])]

/** The example as it is written; what it stored is gone with its process. */
async function inMemory() {
  return { name: 'SQLite in memory', env: {}, users: undefined, drop: async () => undefined }
}

async function inFile(folder) {
  const path = join(folder, `${newName()}.db`)
  return {
    name: 'SQLite in a file',
    env: { DATABASE_URL: `sqlite:${path}` },
    users: async () => {
      const Database = require('better-sqlite3')
      const database = new Database(path, { readonly: true, fileMustExist: true })
      try {
        return database.prepare('SELECT username FROM users ORDER BY username').pluck().all()
      } finally {
        database.close()
      }
    },
    drop: async () => undefined,
  }
}

async function onPostgres() {
  const name = newName()
  const url = new URL(POSTGRES)
  url.pathname = `/${name}`
  await queried(POSTGRES, `CREATE DATABASE ${name}`)
  return {
    name: 'PostgreSQL',
    env: { DATABASE_URL: url.href },
    users: async () =>
      (await queried(url.href, 'SELECT username FROM users ORDER BY username')).map(({ username }) => username),
    drop: () => queried(POSTGRES, `DROP DATABASE ${name} WITH (FORCE)`),
  }
}

async function queried(url, sql) {
  const { Client } = require('pg')
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

function newName() {
  return `ambit_test_package_${randomBytes(6).toString('hex')}`
}

/** Calls `use` with a new database, which is gone afterwards. */
async function withDatabase(create, folder, use) {
  const database = await create(folder)
  try {
    return await use(database)
  } finally {
    await database.drop()
  }
}

module.exports = { DATABASES, inFile, withDatabase }
