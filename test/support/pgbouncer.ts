import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Why PgBouncer cannot be tried here; `undefined` where it can. */
export const WHY_NO_PGBOUNCER: string | undefined =
  spawnSync('pgbouncer', ['--version']).status === 0 ? undefined : 'there is no pgbouncer on the PATH'

/** PgBouncer in transaction mode with two server connections, in front of a database of the tests. */
export async function startPgBouncer(target: string): Promise<{ readonly url: string; close(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'ambit-pgbouncer-'))
  // It gives up root's rights before it reads.
  chmodSync(folder, 0o755)
  const port = await freePort()
  const file = join(folder, 'pgbouncer.ini')
  writeFileSync(file, configuration(new URL(target), port))
  const asRoot = process.getuid?.() === 0 ? ['-u', 'nobody'] : []
  const bouncer = spawn('pgbouncer', ['-q', ...asRoot, file], { stdio: 'ignore' })
  const ended = once(bouncer, 'exit')
  await listening(port)
  const url = new URL(target)
  url.hostname = '127.0.0.1'
  url.port = String(port)
  return {
    url: url.href,
    close: async () => {
      bouncer.kill('SIGKILL')
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function configuration(url: URL, port: number): string {
  const password = url.password === '' ? '' : ` password=${decodeURIComponent(url.password)}`
  return [
    '[databases]',
    `* = host=${url.hostname} port=${url.port === '' ? '5432' : url.port} user=${url.username}${password}`,
    '[pgbouncer]',
    'listen_addr = 127.0.0.1',
    `listen_port = ${port}`,
    'unix_socket_dir =',
    'auth_type = any',
    'pool_mode = transaction',
    'default_pool_size = 2',
    'server_round_robin = 1',
    'ignore_startup_parameters = extra_float_digits,options',
    '',
  ].join('\n')
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** It announces nothing; gives up after twenty seconds. */
async function listening(port: number): Promise<void> {
  const deadline = performance.now() + 20_000
  for (;;) {
    const socket = connect(port, '127.0.0.1')
    const open = await new Promise<boolean>(resolve => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    })
    socket.destroy()
    if (open) return
    if (performance.now() > deadline) throw new Error('pgbouncer does not listen')
  }
}
