import { bootstrap, InjectionToken, provide } from 'ambit'
import { fakeApplication } from 'ambit/testing'
import { silentLogger } from '../support/engines'

// What a factory answers may have no class: `import()` answers such an object. The start failed with a bare TypeError when it
// looked for health checks, and the fake application when it looked for repositories.

const MODULE = new InjectionToken<{ readonly name: string }>('Module')

function module(parts: object = {}): { readonly name: string } {
  return Object.assign(Object.create(null) as object, { name: 'module' }, parts)
}

describe('a component without a class', () => {
  it.each([bootstrap, fakeApplication])('is one like any other (%#)', async starting => {
    const app = await starting({ providers: [provide(MODULE, { useFactory: async () => module() })] })
    expect(app.get(MODULE).name).toBe('module')
    await app.close()
  })

  it('may hold what is no constructor under that name', async () => {
    for (const constructor of [undefined, null, 'text', () => 1])
      await (await bootstrap({ providers: [provide(MODULE, { useFactory: () => module({ constructor }) })] })).close()
  })

  it('can prepare the database, and is told of where that fails', async () => {
    const initializeDatabase = (): Promise<void> => Promise.reject(new Error('no'))
    const providers = [provide(MODULE, { useFactory: () => module({ initializeDatabase }) })]
    await expect(
      bootstrap({ database: { url: 'sqlite::memory:' }, providers, logger: silentLogger }),
    ).rejects.toMatchObject({ code: 'AMBIT_BOOTSTRAP_INITIALIZER' })
    await (await bootstrap({ providers, logger: silentLogger })).close()
  })

  it('that throws at whoever looks for then() is named', async () => {
    const touchy = {
      ...module(),
      get then(): never {
        throw new Error('then?')
      },
    }
    await expect(bootstrap({ providers: [provide(MODULE, { useFactory: () => touchy })] })).rejects.toMatchObject({
      code: 'AMBIT_DI_CREATION',
      component: 'Module',
    })
  })
})
