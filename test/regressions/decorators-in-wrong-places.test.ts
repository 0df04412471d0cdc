import {
  Component,
  Configuration,
  EventListener,
  HealthCheck,
  Interceptor,
  MethodInterceptor,
  NotIntercepted,
  NotTransactional,
  Query,
  Repository,
  Service,
  Setting,
  Settings,
  Transactional,
  UseInterceptors,
} from 'ambit'
import { type AmbitError, isAmbitError } from 'ambit/errors'

// Builds that check no types let a decorator stand anywhere. On some places it ended in a bare TypeError, on others it was
// taken for what it is not: a static member with @Service() made a component of its class, a parameter with @Transactional
// made all methods transactional, and @Query without parentheses took the method away.

type Loose = (...args: unknown[]) => unknown
type Place = 'class' | 'method' | 'property' | 'static' | 'static field' | 'accessor' | 'parameter' | 'constructor'

abstract class Timing extends MethodInterceptor {}

/** What compilers call a decorator with. */
function placed(place: Place): readonly unknown[] {
  class Shop {
    static size: number
    constructor(readonly given: unknown) {}
    static async count(): Promise<void> {}
    get total(): number {
      return this.given === undefined ? 0 : 1
    }
    async sell(_article?: string): Promise<void> {}
  }
  const of = (target: object, member: string): readonly unknown[] => [
    target,
    member,
    Object.getOwnPropertyDescriptor(target, member),
  ]
  const places: Record<Place, readonly unknown[]> = {
    class: [Shop],
    method: of(Shop.prototype, 'sell'),
    property: [Shop.prototype, 'size', undefined],
    static: of(Shop, 'count'),
    'static field': [Shop, 'size', undefined],
    accessor: of(Shop.prototype, 'total'),
    parameter: [Shop.prototype, 'sell', 0],
    constructor: [Shop, undefined, 0],
  }
  return places[place]
}

function refusal(decorator: unknown, place: readonly unknown[]): AmbitError {
  try {
    ;(decorator as Loose)(...place)
  } catch (error) {
    if (isAmbitError(error)) return error
    throw error
  }
  throw new Error('It was accepted.')
}

const MEMBERS: readonly (readonly [Place, string])[] = [
  ['method', 'Shop.sell'],
  ['property', 'Shop.size'],
  ['static', 'Shop.count'],
  ['static field', 'Shop.size'],
  ['accessor', 'Shop.total'],
  ['parameter', 'Shop.sell'],
  ['constructor', 'Shop'],
]

describe.each([
  ['@Component', Component()],
  ['@Service', Service()],
  ['@Configuration', Configuration()],
  ['@Repository', Repository()],
  ['@Repository', Repository(Timing, { fragments: [Timing] })],
  ['@Settings', Settings('shop')],
  ['@Interceptor', Interceptor()],
])('%s, a decorator of classes,', (name, decorator) => {
  it.each(MEMBERS)('refuses to stand on a %s, and names it', (place, where) => {
    const error = refusal(decorator, placed(place))
    expect(error.message).toBe(
      `${name} cannot stand there. [AMBIT_DI_DECORATOR]\n  where: ${where}\n  next:  Write ${name}() above a class declaration.`,
    )
  })

  it('makes no component of the class around', () => {
    const [target] = placed('class')
    refusal(decorator, [target, 'count', Object.getOwnPropertyDescriptor(target, 'count')])
    Component()(target as typeof Timing)
  })
})

describe('a decorator of members', () => {
  it.each([
    ['@Transactional', Transactional(), 'parameter', '@Transactional stands on a parameter of Shop.sell.'],
    ['@Transactional', Transactional(), 'constructor', '@Transactional stands on a parameter of Shop.constructor.'],
    ['@Transactional bare', Transactional, 'constructor', '@Transactional stands on a parameter of Shop.constructor.'],
    ['@Transactional', Transactional(), 'static field', '@Transactional stands on Shop.size, which is no method.'],
    ['@NotTransactional', NotTransactional(), 'parameter', '@NotTransactional stands on a parameter of Shop.sell.'],
    ['@NotTransactional', NotTransactional(), 'class', '@NotTransactional stands on Shop, which is no method.'],
    ['@UseInterceptors', UseInterceptors(Timing), 'parameter', '@UseInterceptors stands on a parameter of Shop.sell.'],
    [
      '@UseInterceptors',
      UseInterceptors(Timing),
      'constructor',
      '@UseInterceptors stands on a parameter of Shop.constructor.',
    ],
    [
      '@UseInterceptors',
      UseInterceptors(Timing),
      'static field',
      '@UseInterceptors stands on Shop.size, which is no method.',
    ],
    ['@NotIntercepted', NotIntercepted(), 'parameter', '@NotIntercepted stands on a parameter of Shop.sell.'],
    ['@NotIntercepted', NotIntercepted(), 'constructor', '@NotIntercepted stands on a parameter of Shop.constructor.'],
    ['@Query', Query(), 'class', '@Query stands on the class Shop.'],
    ['@Query', Query(), 'parameter', '@Query stands on a parameter of Shop.sell.'],
    ['@Query.sql', Query.sql('SELECT 1'), 'accessor', '@Query stands on the accessor Shop.total.'],
    ['@Query.of', Query.of(Timing)(), 'static', '@Query stands on the static member Shop.count.'],
    ['@Query bare', Query, 'property', '@Query was used without parentheses.'],
    ['@Query.unchecked bare', Query.unchecked, 'method', '@Query was used without parentheses.'],
    ['@HealthCheck', HealthCheck(), 'class', '@HealthCheck cannot stand there.'],
    ['@EventListener', EventListener(), 'parameter', "@EventListener stands on Shop.sell, which is no method of the class's objects."], // prettier-ignore
    ['@Setting', Setting(), 'parameter', '@Setting cannot stand there.'],
    ['@Setting', Setting(), 'class', '@Setting cannot stand there.'],
  ] as const)('%s is refused on what it cannot mean: case %#', (_, decorator, place, what) => {
    const { message } = refusal(decorator, placed(place))
    expect(message).toContain(`${what} [`)
    expect(message).not.toContain('undefined')
  })

  it('@Query is refused under a symbol, which no name of a query can be', () => {
    const name = Symbol('find')
    expect(refusal(Query(), [{}, name, undefined]).message).toContain(
      '@Query stands on the symbol Object.Symbol(find).',
    )
  })

  it.each([
    ['a text', () => (Query as Loose)('name = :name'), 'given something that is no object of options'],
    ['a class', () => (Query as Loose)(Timing), 'given something that is no object of options'],
    ['null', () => (Query.of(Timing) as Loose)(null), 'given something that is no object of options'],
    ['no SQL', () => (Query.sql as Loose)(), 'given an empty text'],
  ])('@Query is refused with %s in place of what it takes', (_, use, what) => {
    expect(refusal(use, []).message).toContain(what)
  })
})
