import {
  type Application,
  bootstrap,
  type BootstrapOptions,
  Component,
  definePlugin,
  type ExecutionEvent,
  InjectionToken,
  Plugin,
  type PluginDefinition,
  PreDestroy,
  provide,
  transactional,
} from 'ambit'
import { ApplicationCloseError, InvalidPluginError, PluginHookError, StartUpError } from 'ambit/errors'
import { committed, Note, NoteRepository, write } from '../acceptance/notes'
import { ENGINES, engineDatabase, expectClean, silentLogger } from '../support/engines'
import { gate } from '../support/gate'

const events: string[] = []
const open: Application[] = []

beforeEach(() => {
  events.length = 0
})
afterEach(async () => {
  await Promise.allSettled(open.splice(0).map(app => app.close()))
})

async function start(options: BootstrapOptions): Promise<Application> {
  const app = await bootstrap({ logger: silentLogger, ...options })
  open.push(app)
  return app
}

/** A plugin that notes when its hooks run. */
function noting(name: string, definition: Partial<PluginDefinition> = {}): Plugin {
  return definePlugin({
    name,
    onStart: () => void events.push(`${name} started`),
    onClose: () => void events.push(`${name} closed`),
    ...definition,
  })
}

async function refusal(options: BootstrapOptions): Promise<Error> {
  try {
    await start(options)
  } catch (error) {
    return error as Error
  }
  throw new Error('it was not refused')
}

const PREFIX = new InjectionToken<string>('Prefix')

@Component()
class Counters {
  readonly counted: string[] = []
  count(name: string): void {
    this.counted.push(name)
  }
  @PreDestroy()
  stop(): void {
    events.push('Counters stopped')
  }
}

describe.each(ENGINES)('a plugin on $name', engine => {
  const db = engineDatabase(engine)

  it('contributes components, providers, entities, listeners and post-processors', async () => {
    const told: ExecutionEvent[] = []
    const seen: string[] = []
    const plugin = definePlugin({
      name: 'metrics',
      components: [Counters, NoteRepository],
      providers: [provide(PREFIX, { useValue: 'shop' })],
      entities: [Note],
      listeners: [{ onEvent: event => void told.push(event) }],
      postProcessors: [{ afterConstruct: (_, { name }) => void seen.push(name) }],
    })
    const app = await start({ database: db.settings, plugins: [plugin] })
    app.get(Counters).count(app.get(PREFIX))
    await app.run(() => transactional({}, () => write('by a plugin’s entity')))
    expect(await app.get(NoteRepository).count()).toBe(1)
    expect(told.some(({ kind }) => kind === 'end')).toBe(true)
    expect(seen).toEqual(expect.arrayContaining(['Counters', 'NoteRepository']))
    await expectClean(db, app)
    await db.query('DELETE FROM note')
  })

  it('may use the database when it starts, and when it closes', async () => {
    const plugin = definePlugin({
      name: 'audit',
      entities: [Note],
      onStart: app => app.run(() => transactional({}, () => write('started'))),
      onClose: () => transactional({}, () => write('closed')),
    })
    const app = await start({ database: db.settings, plugins: [plugin] })
    await app.close()
    expect(await committed(db)).toEqual(['closed', 'started'])
    await db.query('DELETE FROM note')
  })
})

describe('the hooks of plugins', () => {
  it('run when everything is built, those depended on first, and in reverse at the end, before the components', async () => {
    const web = noting('web', { dependsOn: ['metrics', 'tracing'] })
    const metrics = noting('metrics', { components: [Counters], dependsOn: ['tracing'] })
    const tracing = noting('tracing')
    const app = await start({ plugins: [web, noting('last'), metrics, tracing] })
    expect(events).toEqual(['tracing started', 'metrics started', 'web started', 'last started'])
    events.length = 0
    await app.close()
    expect(events).toEqual(['last closed', 'web closed', 'metrics closed', 'tracing closed', 'Counters stopped'])
  })

  it('are given the application, as it is', async () => {
    const seen: unknown[] = []
    const plugin = definePlugin({
      name: 'metrics',
      components: [Counters],
      onStart: app => void seen.push(app, app.get(Counters)),
      onClose: app => void seen.push(app, app.get(Counters)),
    })
    const app = await start({ plugins: [plugin] })
    await app.close()
    expect(seen[0]).toBe(app)
    expect(seen[2]).toBe(app)
    expect(seen[3]).toBe(seen[1])
  })

  it('are awaited', async () => {
    const slowly = async (what: string): Promise<void> => {
      await new Promise(resolve => setImmediate(resolve))
      events.push(what)
    }
    const plugin = definePlugin({ name: 'slow', onStart: () => slowly('started'), onClose: () => slowly('closed') })
    const app = await start({ plugins: [plugin, noting('next')] })
    expect(events).toEqual(['started', 'next started'])
    await app.close()
    expect(events.slice(2)).toEqual(['next closed', 'closed'])
  })

  it('that fail at the start are named, and undo it: no later one starts, the earlier ones close, components go', async () => {
    const cause = new RangeError('no metrics')
    const failing = noting('failing', {
      components: [Counters],
      onStart: () => Promise.reject(cause),
    })
    const error = await refusal({ plugins: [noting('first'), failing, noting('never')] })
    expect(error).toBeInstanceOf(PluginHookError)
    expect(error).toMatchObject({ code: 'AMBIT_PLUGIN_HOOK', plugin: 'failing', hook: 'onStart', cause })
    expect(error.message).toBe(
      [
        "The plugin 'failing' failed: its onStart threw RangeError. [AMBIT_PLUGIN_HOOK]",
        "  where: plugin 'failing', onStart",
        '  next:  See the cause; nothing was started, and what had been built is closed again.',
      ].join('\n'),
    )
    expect(events).toEqual(['first started', 'first closed', 'Counters stopped'])
  })

  it('that fail at the start, and again on the way back, log the second error and throw the first', async () => {
    const logged: unknown[] = []
    const logger = { ...silentLogger, error: (_: string, error?: unknown) => void logged.push(error) }
    const bad = noting('bad', {
      onClose: () => {
        throw new Error('no end')
      },
    })
    const failing = noting('failing', {
      onStart: () => {
        throw new Error('no start')
      },
    })
    expect(await refusal({ plugins: [bad, failing], logger })).toMatchObject({ plugin: 'failing' })
    expect(logged).toEqual([expect.objectContaining({ plugin: 'bad', hook: 'onClose' })])
  })

  it('that fail at the start are told of, although work of another one never ends', async () => {
    const held = gate()
    const blocks: Promise<void>[] = []
    const worker = noting('worker', { onStart: app => void blocks.push(app.runInScope('request', () => held.opened)) })
    const failing = noting('failing', { onStart: () => Promise.reject(new Error('no start')) })
    const error = await refusal({ plugins: [worker, failing], components: [Counters], closeTimeoutMs: 10 })
    expect(error).toMatchObject({ plugin: 'failing', hook: 'onStart' })
    expect(events).toEqual(['worker closed', 'Counters stopped'])
    held.open()
    await Promise.allSettled(blocks)
  })

  it('that fail at the start are told of, although a component never comes to its end', async () => {
    const stuck = { useFactory: () => ({}), close: () => new Promise<void>(() => undefined) }
    const failing = noting('failing', {
      components: [Counters],
      providers: [provide(new InjectionToken<object>('Stuck'), stuck)],
      onStart: () => Promise.reject(new Error('no start')),
    })
    const logged: unknown[] = []
    const logger = { ...silentLogger, error: (_: string, failure?: unknown) => void logged.push(failure) }
    expect(await refusal({ plugins: [failing], closeTimeoutMs: 10, logger })).toMatchObject({ plugin: 'failing' })
    expect(logged).toEqual([expect.objectContaining({ code: 'AMBIT_DI_DISPOSAL' })])
    expect(events).toEqual(['Counters stopped'])
  })

  it('leave no application behind where the start fails', async () => {
    await refusal({ plugins: [noting('failing', { onStart: () => Promise.reject(new Error('no')) })] })
    const app = await start({})
    // With a second one running this would be ambiguous.
    await expect(transactional({}, () => Promise.resolve())).rejects.not.toMatchObject({ code: 'AMBIT_APP_AMBIGUOUS' })
    await app.close()
  })

  it('that close the application keep it from starting: no later one starts, and each that has started is closed', async () => {
    const closing = noting('closing', { components: [Counters], onStart: app => app.close() })
    const error = await refusal({ plugins: [noting('first'), closing, noting('never')], signals: true })
    expect(error).toMatchObject({ code: 'AMBIT_APP_CLOSED', message: expect.stringContaining('before it had started') })
    expect(events).toEqual(['first started', 'first closed', 'Counters stopped', 'closing closed'])
    expect(process.listenerCount('SIGTERM')).toBe(0)
  })

  it('that begin a close leave it to its end before the start is undone', async () => {
    const held = gate()
    const closes: Promise<void>[] = []
    const closing = noting('closing', {
      onStart: app => {
        closes.push(app.runInScope('request', () => held.opened).then(() => void events.push('request over')))
        closes.push(app.close())
      },
    })
    const refused = refusal({ plugins: [closing, noting('never')] })
    await new Promise(resolve => setImmediate(resolve))
    held.open()
    expect(await refused).toMatchObject({ code: 'AMBIT_APP_CLOSED' })
    await Promise.all(closes)
    expect(events).toEqual(['request over', 'closing closed'])
  })

  it('that fail at the close keep no other from its turn, and are among the failures', async () => {
    const bad = noting('bad', { onClose: () => Promise.reject(new Error('no end')) })
    const app = await start({ plugins: [noting('first'), bad, noting('last')], components: [Counters] })
    events.length = 0
    const error: unknown = await app.close().catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(ApplicationCloseError)
    expect((error as ApplicationCloseError).failures).toEqual([
      expect.objectContaining({ code: 'AMBIT_PLUGIN_HOOK', plugin: 'bad', hook: 'onClose' }),
    ])
    expect(events).toEqual(['last closed', 'first closed', 'Counters stopped'])
  })

  it('that never come to their end are given up after closeTimeoutMs', async () => {
    const hanging = noting('hanging', { onClose: () => new Promise(() => undefined) })
    const app = await start({ plugins: [noting('first'), hanging], closeTimeoutMs: 10 })
    const error: unknown = await app.close().catch((thrown: unknown) => thrown)
    expect((error as ApplicationCloseError).failures).toEqual([
      expect.objectContaining({ message: expect.stringContaining('onClose took more than 10 ms') }),
    ])
    expect(events).toEqual(['first started', 'hanging started', 'first closed'])
  })

  it('run once, however often the application is closed', async () => {
    const app = await start({ plugins: [noting('one')] })
    await Promise.all([app.close(), app.close()])
    await app.close()
    expect(events).toEqual(['one started', 'one closed'])
  })

  it('of one plugin serve several applications', async () => {
    const plugin = noting('shared')
    await start({ plugins: [plugin] })
    await start({ plugins: [plugin] })
    expect(events).toEqual(['shared started', 'shared started'])
  })
})

describe('what a plugin and the application both have', () => {
  it('a component that both list counts once, as the application’s own', async () => {
    const app = await start({
      components: [Counters],
      plugins: [definePlugin({ name: 'metrics', components: [Counters] })],
    })
    expect(app.registrations.filter(({ name }) => name === 'Counters').map(({ origin }) => origin)).toEqual([
      'Counters (@Component)',
    ])
  })

  it('a component of two plugins counts once, as the first one’s', async () => {
    const plugins = ['one', 'two'].map(name => definePlugin({ name, components: [Counters] }))
    const app = await start({ plugins })
    expect(app.registrations.find(({ name }) => name === 'Counters')?.origin).toBe(
      "Counters (@Component) of the plugin 'one'",
    )
  })

  it('two providers of one token are the usual problem, which names the plugin', async () => {
    const plugin = definePlugin({ name: 'metrics', providers: [provide(PREFIX, { useValue: 'plugin' })] })
    const error = await refusal({ plugins: [plugin], providers: [provide(PREFIX, { useValue: 'own' })] })
    expect(error).toBeInstanceOf(StartUpError)
    expect(error.message).toContain(
      "Prefix is registered 2 times: provide(Prefix, useValue), provide(Prefix, useValue) of the plugin 'metrics'.",
    )
  })

  it('the application may mark its own as the primary one', async () => {
    const plugin = definePlugin({ name: 'metrics', providers: [provide(PREFIX, { useValue: 'plugin' })] })
    const app = await start({ plugins: [plugin], providers: [provide(PREFIX, { useValue: 'own', primary: true })] })
    expect(app.get(PREFIX)).toBe('own')
  })

  it('PI-21: an override always wins', async () => {
    const plugin = definePlugin({ name: 'metrics', providers: [provide(PREFIX, { useValue: 'plugin' })] })
    const app = await start({ plugins: [plugin], overrides: [[PREFIX, 'test']] })
    expect(app.get(PREFIX)).toBe('test')
    expect(app.registrations.find(({ name }) => name === 'Prefix')?.origin).toBe(
      "override of provide(Prefix, useValue) of the plugin 'metrics'",
    )
  })

  it('PI-13: what a plugin’s component misses is named with the others', async () => {
    class Gone {}
    @Component()
    class Needy {
      constructor(readonly gone: Gone) {}
    }
    const error = await refusal({ plugins: [definePlugin({ name: 'metrics', components: [Needy] })] })
    expect(error.message).toContain('Needy needs Gone (parameter 1), which is not registered.')
  })

  it('an entry of the application’s own list is counted as it was written', async () => {
    const plugin = definePlugin({ name: 'metrics', components: [Counters] })
    const error = await refusal({ plugins: [plugin], components: [undefined as never] })
    expect(error.message).toContain("Entry 1 of 'components' is undefined.")
  })
})

describe('a list of plugins that do not fit together', () => {
  it('is refused with everything that is wrong, before anything is opened', async () => {
    const hooks = { dependsOn: ['b'] }
    const plugins = [
      noting('a', hooks),
      noting('b', { dependsOn: ['a'] }),
      noting('metrics'),
      noting('metrics'),
      noting('web', { dependsOn: ['metric', 'nothing like it'] }),
      noting('self', { dependsOn: ['self'] }),
      (() => noting('made')) as never,
      { name: 'plain' } as never,
    ]
    const error = await refusal({ plugins, database: { url: 'sqlite:/nowhere/at/all.db' } })
    expect(error).toBeInstanceOf(InvalidPluginError)
    expect(error.message).toBe(`The plugins do not fit together: 7 problems. [AMBIT_PLUGIN_LIST]
  where: bootstrap({ plugins })
  next:  Correct the following; nothing has been opened.
  1. Entry 7 of 'plugins' was not made by definePlugin().
     It is a function: call it, as in plugins: [metrics()].
  2. Entry 8 of 'plugins' was not made by definePlugin().
     List what definePlugin() returns; a module that exports a plugin is not the plugin.
  3. The plugin 'metrics' is listed 2 times.
     List each once.
  4. The plugin 'web' depends on 'metric', which is not listed.
     Did you mean 'metrics'? Add it to 'plugins'.
  5. The plugin 'web' depends on 'nothing like it', which is not listed.
     Add it to 'plugins'.
  6. Plugins depend on each other in a circle: a -> b -> a.
     Take one of these out of dependsOn.
  7. Plugins depend on each other in a circle: self -> self.
     Take one of these out of dependsOn.`)
    expect(events).toEqual([])
  })

  it('is refused where it is no list', async () => {
    const error = await refusal({ plugins: noting('alone') as never })
    expect(error).toMatchObject({
      code: 'AMBIT_BOOTSTRAP_OPTIONS',
      message: expect.stringContaining('plugins: [metrics()]'),
    })
  })
})

describe('a plugin’s definition', () => {
  it.each([
    [undefined, 'A plugin was given no object.'],
    ['metrics', 'A plugin was given no object.'],
    [{}, 'A plugin has no name.'],
    [{ name: '' }, "A plugin takes a text as 'name'."],
    [{ name: 7 }, "A plugin takes a text as 'name'."],
    [{ name: 'm', component: [] }, "The plugin 'm' has no option 'component'."],
    [{ name: 'm', component: [] }, "Did you mean 'components'?"],
    [{ name: 'm', components: Counters }, "The plugin 'm' takes an array as 'components'."],
    [{ name: 'm', providers: {} }, "takes an array as 'providers'"],
    [{ name: 'm', dependsOn: 'other' }, "takes an array of names as 'dependsOn'"],
    [{ name: 'm', dependsOn: [noting('n')] }, "takes an array of names as 'dependsOn'"],
    [{ name: 'm', onStart: true }, "takes a function as 'onStart'"],
    [{ name: 'm', overrides: [] }, "has no option 'overrides'"],
  ])('%j is refused', (definition, problem) => {
    const define = (): Plugin => definePlugin(definition as never)
    expect(define).toThrow(InvalidPluginError)
    expect(define).toThrow(expect.objectContaining({ code: 'AMBIT_PLUGIN_DEFINITION' }) as Error)
    expect(define).toThrow(problem)
  })

  it('may be changed afterwards without an effect', () => {
    const definition = { name: 'metrics' }
    const plugin = definePlugin(definition)
    definition.name = 'other'
    expect([plugin.name, plugin.definition.name, Object.isFrozen(plugin)]).toEqual(['metrics', 'metrics', true])
  })
})
