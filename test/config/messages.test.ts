import {
  environmentSource,
  jsonFile,
  loadConfiguration,
  objectSource,
  Setting,
  Settings,
  type StandardSchema,
} from 'ambit'
import { InvalidConfigurationError } from 'ambit/errors'

// Every kind of problem as a user reads it: what, where, and what to do. A changed message shows here.

const refusing: StandardSchema = {
  '~standard': { version: 1, vendor: 'test', validate: () => ({ issues: [{ message: 'Invalid email' }] }) },
}

class Server {
  @Setting() readonly host!: string
  @Setting() readonly port: number = 80
}

class Smtp {
  @Setting() readonly host!: string
}

@Settings('mail')
class Mail {
  @Setting() readonly host!: string
  @Setting() readonly port: number = 587
  @Setting({ secret: true, schema: refusing }) readonly password: string = ''
  @Setting({ schema: refusing }) readonly from: string = ''
  @Setting({ enum: ['plain', 'login'] }) readonly auth: string = 'plain'
  @Setting({ list: Server }) readonly servers: readonly Server[] = []
  @Setting({ variants: { smtp: Smtp } }) readonly transport?: Smtp
  @Setting() readonly zip: string = ''
  @Setting() readonly name: string = ''
  @Setting({ list: String }) readonly to: readonly string[] = []
  @Setting({ map: Number }) readonly limits: Readonly<Record<string, number>> = {}
  @Setting({ optional: true, type: Server }) readonly main?: Server
}

@Settings('checked')
class Checked {
  @Setting({ secret: true, schema: refusing }) readonly password: string = ''
  @Setting({ schema: refusing }) readonly from: string = ''
}

@Settings('vague')
class Vague {
  @Setting() readonly list!: readonly string[]
  @Setting() readonly other!: unknown
}

async function messageOf(
  sources: Parameters<typeof loadConfiguration>[0]['sources'],
  ...settings: (new () => object)[]
): Promise<string> {
  const error: unknown = await loadConfiguration({ sources, settings }).catch((failure: unknown) => failure)
  if (!(error instanceof InvalidConfigurationError)) throw error
  expect(error.problems.filter(({ next }) => !/^[A-Z].*\.$/s.test(next))).toEqual([]) // each tells the next step
  return error.message.replaceAll(process.cwd(), '/app')
}

const variables = (given: Readonly<Record<string, string>>) => environmentSource({ prefix: 'APP_', variables: given })

it('values and keys', async () => {
  const tree = objectSource({
    mail: {
      prot: 1,
      auth: 'logn',
      servers: [{ port: 'x' }, 'a'],
      transport: { $type: 'stmp' },
      zip: 12345,
      name: null,
      to: 'a',
      limits: { a: true },
    },
  })
  const environment = variables({ APP_MAIL_PORT: 'many', APP_MAIL_MAIN: 'here' })
  expect(await messageOf([tree, environment], Mail)).toMatchSnapshot()
})

it('sources', async () => {
  const failing = objectSource(() => Promise.reject(new TypeError('no')), { name: 'vault' })
  const odd = objectSource({ call: () => 1, list: [new Map()] })
  expect(await messageOf([jsonFile('nowhere.json'), failing, odd])).toMatchSnapshot()
})

it('placeholders', async () => {
  const tree = {
    a: '${ENV:NOWHERE}',
    b: '${ref:gone}',
    c: '${ref:d}',
    d: '${ref:c}',
    e: '${HOST}',
    f: '${ENV:A',
    g: 'x${ref:h}',
    h: {},
  }
  expect(await messageOf([objectSource(tree, { interpolate: true, variables: {} })])).toMatchSnapshot()
})

it('variables', async () => {
  class Nested {
    @Setting() readonly host: string = ''
  }
  @Settings('mail')
  class Both {
    @Setting() readonly smtpHost: string = ''
    @Setting() readonly smtp!: Nested
    @Setting({ list: Number }) readonly ports: readonly number[] = []
    @Setting() readonly name: string = ''
  }
  const given = {
    APP_MAIL_SMTP_HOST: 'a',
    APP_MAIL_PORTS_1: '1',
    APP_MAIL_NAME: 'a',
    APP_MAIL__NAME: 'b',
    APP_MAIL_SMTP: '{}',
    APP_MAIL_SMTP__HOST: 'a',
  }
  expect(await messageOf([variables(given)], Both)).toMatchSnapshot()
})

it('schemas and declarations', async () => {
  expect(await messageOf([objectSource({ checked: { from: 'a' } })], Checked)).toMatchSnapshot()
  expect(await messageOf([], Vague)).toMatchSnapshot()
})
