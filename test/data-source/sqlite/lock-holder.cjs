'use strict'
// Another process, which locks a SQLite file with the library that it is told and keeps it locked until it is killed.

const [file, library] = process.argv.slice(2)
const LOCK = 'BEGIN IMMEDIATE'

const LIBRARIES = {
  'better-sqlite3': () => {
    const Database = require('better-sqlite3')
    globalThis.held = new Database(file, { timeout: 0 })
    globalThis.held.exec(LOCK)
    process.send('locked')
  },
  sqlite: () => {
    const { Database } = require('sqlite3')
    globalThis.held = new Database(file)
    globalThis.held.exec(LOCK, error => {
      if (error) throw error
      process.send('locked')
    })
  },
}

LIBRARIES[library]()
// The open channel to the parent keeps the process alive.
process.on('message', () => undefined)
