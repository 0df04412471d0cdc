import { bootstrap, type BootstrapOptions } from 'ambit'
import { InvalidDataSourceSettingsError } from 'ambit/errors'

// Programs without types, and those that had a `URL` at hand, were told of a bare TypeError.

const started = (options: object): Promise<unknown> =>
  bootstrap(options as BootstrapOptions).then(
    app => app.close(),
    (error: unknown) => error,
  )

describe('settings of a data source that are not what they should be', () => {
  it.each([
    ['a URL object', new URL('postgres://alice:hunter2@localhost/shop')],
    ['a number', 5],
    ['a list', ['sqlite::memory:']],
  ])('name the data source whose URL is %s, and show nothing of it', async (_, url) => {
    const error = await started({ dataSources: { reporting: { url } } })
    expect(error).toBeInstanceOf(InvalidDataSourceSettingsError)
    expect((error as Error).message).toBe(
      "The data source 'reporting' cannot be set up: its URL is no text. [AMBIT_DATA_SOURCE_INVALID_SETTINGS]\n" +
        "  where: data source 'reporting'\n  next:  Give url: 'postgres://…' or url: 'sqlite:app.db'.",
    )
  })

  it.each([null, 5, 'postgres://alice:hunter2@localhost/shop'])('name the data source that is %j', async given => {
    const error = await started({ dataSources: { reporting: given } })
    expect(error).toBeInstanceOf(InvalidDataSourceSettingsError)
    expect((error as Error).message).toContain("'reporting' cannot be set up: its settings are no object.")
    expect((error as Error).message).not.toContain('hunter2')
  })
})
