import { type ChildProcess, spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bootstrap, Component, PostConstruct } from 'ambit'
import { InvalidBootstrapOptionsError } from 'ambit/errors'
import { PackageRoom } from '../compilers/package-room'
import { silentLogger } from '../support/engines'

/** What a program left behind. */
interface End {
  readonly output: readonly string[]
  readonly errors: string
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** A program in a process of its own, which is sent a signal when it has printed a word. */
class Program {
  readonly #child: ChildProcess
  readonly #ended: Promise<void>
  readonly #errors: string[] = []
  #text = ''
  #wake: () => void = () => undefined

  constructor(folder: string) {
    const env = { ...process.env, NODE_OPTIONS: '' }
    this.#child = spawn(process.execPath, ['main.js'], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
    this.#child.stdout?.setEncoding('utf8').on('data', (part: string) => {
      this.#text += part
      this.#wake()
    })
    this.#child.stderr?.setEncoding('utf8').on('data', (part: string) => this.#errors.push(part))
    this.#ended = new Promise(resolve => this.#child.once('close', () => resolve()))
  }

  async prints(word: string): Promise<void> {
    void this.#ended.then(() => {
      this.#wake()
    })
    while (!this.#text.split('\n').includes(word)) {
      if (this.#isOver) throw new Error(`the program ended without '${word}': ${this.#text}${this.#errors.join('')}`)
      await new Promise<void>(resolve => (this.#wake = resolve))
    }
  }

  get #isOver(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null
  }

  send(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  async end(): Promise<End> {
    await this.#ended
    const { exitCode: code, signalCode: signal } = this.#child
    return { output: this.#text.split('\n').filter(line => line !== ''), errors: this.#errors.join(''), code, signal }
  }
}

const HEAD = `
const ambit = require('ambit')
const print = word => require('node:fs').writeSync(1, word + '\\n')
const forever = () => setInterval(() => {}, 1000)
const later = () => new Promise(resolve => setTimeout(resolve, 30))
function component(name, stop) {
  const Part = { [name]: class { stop() { return stop() } } }[name]
  ambit.PreDestroy()(Part.prototype, 'stop', Object.getOwnPropertyDescriptor(Part.prototype, 'stop'))
  ambit.Component()(Part)
  return Part
}
`

describe('an application that waits for signals', () => {
  let room: PackageRoom
  let programs = 0
  beforeAll(() => {
    room = new PackageRoom()
  })
  afterAll(() => {
    room.remove()
  })

  function run(body: string): Program {
    programs += 1
    const folder = room.folderFor(`signals-${programs}`, 'commonjs')
    writeFileSync(join(folder, 'main.js'), `${HEAD}async function main() {\n${body}\n}\nmain()\n`)
    return new Program(folder)
  }

  const CLOSES = `
    const Part = component('Part', async () => { await later(); print('disposed') })
    forever()`

  it.each(['SIGTERM', 'SIGINT'] as const)('closes on %s, and then the process ends by it', async signal => {
    const program = run(`${CLOSES}
      await ambit.bootstrap({ components: [Part], signals: true })
      print('ready')`)
    await program.prints('ready')
    program.send(signal)
    expect(await program.end()).toEqual({ output: ['ready', 'disposed'], errors: '', code: null, signal })
  })

  it('waits for the signals that are listed, and for no other', async () => {
    const body = `${CLOSES}
      await ambit.bootstrap({ components: [Part], signals: ['SIGHUP', 'SIGHUP'] })
      print('ready')`
    const [listed, other] = [run(body), run(body)]
    await Promise.all([listed.prints('ready'), other.prints('ready')])
    listed.send('SIGHUP')
    other.send('SIGTERM')
    expect(await listed.end()).toMatchObject({ output: ['ready', 'disposed'], signal: 'SIGHUP' })
    expect(await other.end()).toMatchObject({ output: ['ready'], signal: 'SIGTERM' })
  })

  it('ends at once with the second signal, by the conventional status', async () => {
    const body = `
      const Part = component('Part', () => { print('disposing'); return new Promise(() => {}) })
      forever()
      await ambit.bootstrap({ components: [Part], signals: true })
      print('ready')`
    const ends = (['SIGTERM', 'SIGINT'] as const).map(async second => {
      const program = run(body)
      await program.prints('ready')
      program.send('SIGTERM')
      await program.prints('disposing')
      program.send(second)
      return program.end()
    })
    expect((await Promise.all(ends)).map(({ code, signal }) => [code, signal])).toEqual([
      [143, null],
      [130, null],
    ])
  })

  it('leaves the end to a program that listens itself, and raises nothing again', async () => {
    const program = run(`${CLOSES}
      process.on('SIGTERM', () => print('own'))
      const app = await ambit.bootstrap({ components: [Part], signals: true })
      process.on('SIGTERM', async () => {
        await app.close()
        await later()
        process.exit(7)
      })
      print('ready')`)
    await program.prints('ready')
    program.send('SIGTERM')
    expect(await program.end()).toMatchObject({ output: ['ready', 'own', 'disposed'], code: 7, signal: null })
  })

  it('ends when the last of several has closed', async () => {
    const program = run(`
      const Quick = component('Quick', () => print('quick'))
      const Slow = component('Slow', async () => { await later(); await later(); print('slow') })
      forever()
      await ambit.bootstrap({ name: 'one', components: [Quick], signals: true })
      await ambit.bootstrap({ name: 'two', components: [Slow], signals: ['SIGTERM'] })
      print('ready')`)
    await program.prints('ready')
    program.send('SIGTERM')
    expect(await program.end()).toEqual({
      output: ['ready', 'quick', 'slow'],
      errors: '',
      code: null,
      signal: 'SIGTERM',
    })
  })

  it('ends by the signal too where something could not be closed, and logs it', async () => {
    const program = run(`
      const Bad = component('Bad', () => { throw new Error('no end') })
      forever()
      await ambit.bootstrap({ components: [Bad], signals: true })
      print('ready')`)
    await program.prints('ready')
    program.send('SIGTERM')
    const { errors, signal } = await program.end()
    expect(signal).toBe('SIGTERM')
    expect(errors).toContain('The application did not close well after SIGTERM.')
    expect(errors).toContain('AMBIT_APPLICATION_CLOSE')
  })

  it('finishes the transaction that runs', async () => {
    const program = run(`
      forever()
      const app = await ambit.bootstrap({ database: { url: 'sqlite::memory:' }, signals: true })
      const work = ambit.transactional({}, async () => {
        await ambit.entityManager().query('CREATE TABLE t (k)')
        print('ready')
        await later()
        await ambit.entityManager().query('INSERT INTO t VALUES (1)')
      })
      await work
      print('committed')`)
    await program.prints('ready')
    program.send('SIGTERM')
    expect(await program.end()).toEqual({ output: ['ready', 'committed'], errors: '', code: null, signal: 'SIGTERM' })
  })

  it('is closed once where the program closes it as well', async () => {
    const program = run(`${CLOSES}
      const app = await ambit.bootstrap({ components: [Part], signals: true })
      const closing = app.close()
      print('ready')
      await closing
      print('closed ' + process.listenerCount('SIGTERM') + process.listenerCount('SIGINT'))
      await new Promise(() => {})`)
    await program.prints('ready')
    program.send('SIGTERM')
    const { output, signal } = await program.end()
    expect(output).toEqual(['ready', 'disposed', 'closed 00'])
    expect(signal).toBe('SIGTERM')
  })

  it('lets a process end by itself: a listener keeps nothing alive', async () => {
    const program = run(`await ambit.bootstrap({ signals: true }); print('ready')`)
    expect(await program.end()).toMatchObject({ output: ['ready'], code: 0 })
  })
})

describe('listeners of signals', () => {
  const count = (): number => process.listenerCount('SIGTERM') + process.listenerCount('SIGINT')

  it('are there while the application runs, and only where they were asked for', async () => {
    const before = count()
    const plain = await bootstrap({ logger: silentLogger })
    expect(count()).toBe(before)
    const none = await bootstrap({ logger: silentLogger, signals: false })
    expect(count()).toBe(before)
    const [one, two] = [
      await bootstrap({ logger: silentLogger, signals: true }),
      await bootstrap({ logger: silentLogger, signals: ['SIGTERM'] }),
    ]
    expect(count()).toBe(before + 3)
    await two.close()
    expect(count()).toBe(before + 2)
    await Promise.all([plain, none, one].map(app => app.close()))
    expect(count()).toBe(before)
  })

  it('are not left behind by a start that fails', async () => {
    const before = count()
    @Component()
    class Fails {
      @PostConstruct()
      begin(): never {
        throw new Error('no start')
      }
    }
    await expect(bootstrap({ logger: silentLogger, signals: true, components: [Fails] })).rejects.toThrow(
      'could not be',
    )
    expect(count()).toBe(before)
  })

  it('are gone where a component could not be closed', async () => {
    const before = count()
    const bad = { onEvent: () => undefined }
    const app = await bootstrap({ logger: silentLogger, signals: true, listeners: [bad] })
    await app.close()
    expect(count()).toBe(before)
  })

  it.each([['SIGTERM'], [7], [{}], [['SIGTURM']], [['SIGKILL']], [['SIGSTOP']], [[15]]])(
    '%j is refused',
    async signals => {
      const started = bootstrap({ logger: silentLogger, signals: signals as never })
      await expect(started).rejects.toBeInstanceOf(InvalidBootstrapOptionsError)
      await expect(started).rejects.toThrow("Give true for SIGTERM and SIGINT, or a list: ['SIGTERM', 'SIGHUP'].")
    },
  )
})
