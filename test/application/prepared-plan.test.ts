import { bootstrap, Container, PostConstruct, Service } from '../../src'
import { Container as PlainContainer } from '../../src/di'

const logger = { info: () => undefined, warn: () => undefined, error: () => undefined }

@Service()
class Leaf {}

describe('the plan of a start', () => {
  it('is made once, for the check and for the container', async () => {
    let read = 0
    @Service()
    class Front {
      static inject = [
        () => {
          read += 1
          return Leaf
        },
      ]
      constructor(readonly leaf: Leaf) {}
    }
    await using app = await bootstrap({ logger, components: [Front, Leaf] })
    expect(app.get(Front).leaf).toBe(app.get(Leaf))
    expect(read).toBe(1)
  })

  it('holds the container that is made of it', async () => {
    @Service()
    class Locator {
      static inject = [Container]
      constructor(readonly container: Container) {}
    }
    await using app = await bootstrap({ logger, components: [Locator, Leaf] })
    const { container } = app.get(Locator)
    expect(container.get(Leaf)).toBe(app.get(Leaf))
    const fake = {}
    await container.withOverrides([[Leaf, fake]], inside => {
      expect(inside.get(Locator).container).toBe(inside)
      expect(inside.get(Locator).container.get(Leaf)).toBe(fake)
    })
    expect(app.get(Locator).container).toBe(container)
  })

  it('serves one container: what two would share is the place of the container itself', async () => {
    const options = { components: [Leaf], logger }
    const { prepared } = PlainContainer.outline(options)
    await using first = await PlainContainer.start({ ...options, prepared })
    await expect(PlainContainer.start({ ...options, prepared })).rejects.toThrow('another container has been made')
    expect(first.get(PlainContainer)).toBe(first)
  })
})

describe('a component whose needs are all there', () => {
  it('is initialised by what its constructor has returned', async () => {
    const calls: string[] = []
    class Hooked {
      @PostConstruct()
      prepare(): void {
        calls.push('prepared')
      }
    }
    @Service()
    class Stand {
      constructor() {
        return new Hooked()
      }
    }
    await using app = await bootstrap({ logger, components: [Stand] })
    await using plain = await PlainContainer.start({ components: [Stand], logger })
    expect([app.get(Stand), plain.get(Stand)].every(stand => stand instanceof Hooked)).toBe(true)
    expect(calls).toEqual(['prepared', 'prepared'])
  })
})
