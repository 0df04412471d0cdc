'use strict'
// Loaded before a program of this folder. It prints what nobody caught as Node prints it, but lets the process go on: so it
// ends by itself, or shows that something was left open. It also notes every statement that reaches SQLite.

const { writeFileSync } = require('node:fs')
const Module = require('node:module')
const { inspect } = require('node:util')

const statements = []

for (const event of ['unhandledRejection', 'uncaughtException']) {
  process.on(event, error => {
    console.error(`Uncaught ${inspect(error, { colors: false })}`)
    process.exitCode = 1
  })
}

const load = Module._load
Module._load = function (request, ...rest) {
  const loaded = load.call(this, request, ...rest)
  return request === 'better-sqlite3' ? recording(loaded) : loaded
}

function recording(Database) {
  return new Proxy(Database, {
    construct: (target, [file, options]) => new target(file, { ...options, verbose: sql => statements.push(sql) }),
  })
}

process.on('exit', () => writeFileSync(process.env.STATEMENTS, JSON.stringify(statements)))
