// A process of tellers on one SQLite file, started by sqlite-processes.test.ts, which may kill it at any moment.
import 'reflect-metadata'
import { bootstrap } from 'ambit'
import { silentLogger } from './silent'
import { Account, Accounts, AuditLine, Auditor, Bank, Entry, Ledger } from './bank'
import { carryOut } from './tellers'

const [url = '', type = '', name = '', seed = '0', accounts = '0'] = process.argv.slice(2)
const BATCH = 16
let stopped = false

process.once('message', () => (stopped = true))

async function main(): Promise<void> {
  const app = await bootstrap({
    database: { url, synchronous: 'NORMAL', typeorm: { type: type as 'better-sqlite3' } },
    entities: [Account, Entry, AuditLine],
    components: [Accounts, Auditor, Bank, Ledger],
    logger: silentLogger,
    waitTimeoutMs: 20_000,
  })
  const dawdle = (): Promise<unknown> => new Promise(resolve => setTimeout(resolve, 60))
  const tell = (word: string) => (id: string) => void process.send?.({ [word]: id })
  process.send?.({ ready: name })
  for (let batch = 1; !stopped; batch += 1) {
    const { failed, withdrawn, unknown, audited, errors } = await carryOut(app, {
      seed: Number(seed) + batch,
      name: `${name} ${batch}`,
      workers: 4,
      transfers: BATCH,
      accounts: Number(accounts),
      dawdle,
      onDone: tell('done'),
    })
    for (const id of [...failed, ...withdrawn]) tell('not')(id)
    for (const id of audited) tell('audited')(id)
    process.send?.({ errors, unknown: unknown.length })
  }
  await app.close()
  process.disconnect()
}

void main()
