// Another process on the same SQLite file, with plain better-sqlite3: started by processes.test.ts, told what to do there.
import Database from 'better-sqlite3'

const [file, mode] = process.argv.slice(2)
const db = new Database(file, { timeout: 1_000 })
let acknowledged = 0
let stopped = false

process.on('message', () => {
  stopped = true
})

const transfer = db.transaction(() => {
  const [from, to] = [1 + Math.floor(Math.random() * 10), 1 + Math.floor(Math.random() * 10)]
  db.prepare('UPDATE account SET balance = balance - 1 WHERE id = ?').run(from)
  db.prepare('UPDATE account SET balance = balance + 1 WHERE id = ?').run(to)
})

const bump = db.transaction(() => {
  const { n } = db.prepare('SELECT n FROM counter').get()
  db.prepare('UPDATE counter SET n = ?').run(n + 1)
})

function busy(work) {
  try {
    work.immediate()
    acknowledged += 1
  } catch (error) {
    if (!String(error.code).startsWith('SQLITE_BUSY')) throw error
  }
  if (stopped) finish()
  // Leaves the file alone now and then: SQLite's own way of waiting is not fair.
  else setTimeout(() => busy(work), acknowledged % 4 === 0 ? 1 : 0)
}

function hold() {
  db.exec(`BEGIN IMMEDIATE; INSERT INTO "item"("name") VALUES ('never committed')`)
}

function finish() {
  db.close()
  process.send({ acknowledged }, () => process.disconnect())
}

const MODES = { bump: () => busy(bump), transfer: () => busy(transfer), hold }

// The open channel to the parent keeps the process alive.
MODES[mode]()
process.send('ready')
