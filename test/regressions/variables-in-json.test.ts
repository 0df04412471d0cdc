import {
  ApplicationConfiguration,
  bootstrap,
  Component,
  ConditionalOnProperty,
  ConfigurationChangedEvent,
  EventListener,
  flatSource,
  objectSource,
  Service,
  Setting,
  Settings,
} from 'ambit'
import { silent } from '../di/support'
import { bind, brief, load, problemsOf } from '../config/support'

class Server {
  @Setting() readonly host: string = 'localhost'
  @Setting() readonly port: number = 80
  @Setting({ map: Server }) readonly more: Readonly<Record<string, Server>> = {}
}

@Settings('app')
class App {
  @Setting() readonly server: Server = new Server()
  @Setting() readonly text: string = ''
  @Setting({ map: String }) readonly names: Readonly<Record<string, string>> = {}
}

const hosts = ({ server: { host, port } }: App): unknown => [host, port]

describe('a variable with an object in JSON', () => {
  it('PI-W17: is merged value by value, whichever source comes first', async () => {
    const variables = flatSource({ APP_SERVER: '{"port":7}' })
    expect(hosts(await bind(App, [objectSource({ app: { server: { host: 'a', port: 1 } } }), variables]))).toEqual([
      'a',
      7,
    ])
    expect(hosts(await bind(App, [variables, objectSource({ app: { server: { host: 'a' } } })]))).toEqual(['a', 7])
    expect(hosts(await bind(App, [flatSource({ APP: '{"server":{"host":"b"}}' }), variables]))).toEqual(['b', 7])
  })

  it('is merged inside maps too, and is a text where a text is wanted', async () => {
    const app = await bind(App, [
      flatSource({ APP_SERVER__MORE__X: '{"port":1,"host":"x"}', APP_NAMES: '{"a":"1","b":"2"}' }),
      flatSource({ APP_SERVER: '{"more":{"x":{"port":2}}}', APP_NAMES__B: '{"3":3}', APP_TEXT: '{"port":1}' }),
    ])
    expect(app.server.more['x']).toMatchObject({ port: 2, host: 'x' })
    expect([app.names, app.text]).toEqual([{ a: '1', b: '{"3":3}' }, '{"port":1}'])
  })

  it('that is no JSON is a problem as before', async () => {
    expect(brief(await problemsOf(flatSource({ APP_SERVER: '{"port":' }), App))).toEqual([
      'VALUE app.server: app.server is a text; expected a map.',
    ])
  })

  it('that has a key twice is a problem, which shows no value', async () => {
    const problems = await problemsOf(flatSource({ APP_SERVER: '{"port":7,"port":8}' }), App)
    expect(brief(problems)).toEqual(["SOURCE app.server: The JSON of app.server has the key 'port' twice in one map."])
  })

  it('is seen by conditions and by keys as settings see it', async () => {
    @ConditionalOnProperty('app.server.port', { value: 7 })
    @Component()
    class Seven {}
    const config = [flatSource({ APP_SERVER: '{"port":7}' })]
    await using app = await bootstrap({ logger: silent, config, components: [App, Seven] })
    expect(app.get(Seven)).toBeInstanceOf(Seven)
    expect(app.get(ApplicationConfiguration).get('app.server.port')).toBe(app.get(App).server.port)
    expect((await load(config, App)).has('app.server.port')).toBe(true)
  })
})

it('a refresh whose listener and onError both fail is done nevertheless', async () => {
  let size = 1
  const logged: unknown[] = []
  @Service()
  class Listener {
    @EventListener()
    changed(_: ConfigurationChangedEvent): void {
      throw new Error('listener')
    }
  }
  await using app = await bootstrap({
    logger: { ...silent, error: (...all: unknown[]) => logged.push(all[1]) },
    onError: () => {
      throw new RangeError('onError')
    },
    components: [Listener],
    config: [objectSource(() => ({ size }))],
  })
  size = 2
  expect(await app.refreshConfig()).toEqual(['size'])
  expect(logged).toContainEqual(new RangeError('onError'))
})
