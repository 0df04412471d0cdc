import { flatSource, objectSource, Setting, Settings } from 'ambit'
import { load } from '../config/support'

class Server {
  @Setting() readonly host: string = 'localhost'
  @Setting({ secret: true }) readonly code: string = ''
}

@Settings('app')
class App {
  @Setting() readonly server: Server = new Server()
  @Setting({ list: Server }) readonly list: readonly Server[] = []
  @Setting({ map: Server }) readonly map: Readonly<Record<string, Server>> = {}
  @Setting({ map: String }) readonly texts: Readonly<Record<string, string>> = {}
  @Setting() readonly account: string = ''
  @Setting({ list: String }) readonly names: readonly string[] = []
}

describe('PI-W26: a report shows no secret', () => {
  it('of a variable that holds objects, lists or maps in JSON', async () => {
    const variables = {
      APP_SERVER: '{"host":"a","code":"hunter2"}',
      APP_LIST: ' [ {"code":"hunter2"} ]',
      APP_MAP: '{"x":{"code":"hunter2"}}',
      APP_TEXTS: '{"password":"hunter2"}',
      APP_ACCOUNT: '{"type":"service","key":"hunter2"}',
      APP_NAMES: '["a","b"]',
    }
    const described = (await load(flatSource(variables), App)).describe()
    expect(JSON.stringify(described)).not.toContain('hunter2')
    expect(described.find(({ key }) => key === 'app.names')?.value).toBe('["a","b"]')
    expect(described.find(({ key }) => key === 'app.server.host')?.value).toBe('a')
  })

  it.each([
    'https://host/?access_token=hunter2&page=1',
    'DefaultEndpointsProtocol=https;AccountKey=hunter2;x=1',
    'Endpoint=x;SharedAccessKey=hunter2',
    'a=1;client_secret=hunter2',
    'User = a; Password = hunter2; Host = b',
    'jdbc:x?user=a&sslpassword=hunter2',
  ])('in the text %s', async text => {
    const described = (await load({ app: { account: text } }, App)).describe()
    expect(described.find(({ key }) => key === 'app.account')?.value).toBe(text.replace('hunter2', '***'))
  })
})

it('a report tells the value that is fixed, and not the one that it beats', async () => {
  @Settings('app')
  class Fixed {
    @Setting({ fixed: 5 }) readonly size: number = 1
    @Setting({ fixed: { host: 'a' } }) readonly server: Server = new Server()
    @Setting({ fixed: ['x'], list: String }) readonly list: readonly string[] = []
  }
  const tree = { app: { size: 3, server: { host: 'b', code: 'hunter2' }, list: ['y', 'z'] } }
  const described = (await load(objectSource(tree), Fixed)).describe()
  expect(described.map(({ key, value, source }) => `${key}=${value} ${source}`)).toEqual([
    'app.list=[x] fixed for list',
    'app.server.code=*** objectSource',
    'app.server.host=a fixed for server',
    'app.size=5 fixed for size',
  ])
})
