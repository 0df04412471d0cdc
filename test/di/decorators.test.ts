import {
  Bean,
  Component,
  componentRecord,
  Configuration,
  Inject,
  InvalidComponentError,
  Optional,
  PostConstruct,
  PreDestroy,
  Primary,
  refuseStandardDecorator,
  registerComponent,
  Service,
} from '../../src/di'
import { brief, NAME, problemsOf, thrown } from './support'

const loose = (decorator: unknown) => decorator as (...args: unknown[]) => void

describe('a standard-decorator build is refused by', () => {
  const CLASS = { kind: 'class', name: 'Foo' }
  const METHOD = { kind: 'method', name: 'run' }

  it.each([
    ['@Component', Component(), CLASS],
    ['@Service', Service(), CLASS],
    ['@Configuration', Configuration(), CLASS],
    ['@Primary', Primary(), CLASS],
    ['@Bean', Bean(NAME), METHOD],
    ['@PostConstruct', PostConstruct(), METHOD],
    ['@PreDestroy', PreDestroy(), METHOD],
    ['@Inject', Inject(NAME), { kind: 'field', name: 'run' }],
    ['@Optional', Optional(), { kind: 'field', name: 'run' }],
  ])('%s', (name, decorator, context) => {
    const error = thrown(() => loose(decorator)(class Foo {}, context)) as InvalidComponentError
    expect(error).toBeInstanceOf(InvalidComponentError)
    expect(error.code).toBe('AMBIT_DI_STANDARD_DECORATORS')
    expect(error.message).toBe(
      `${name} was called as a standard decorator, on the ${context.kind} '${context.name}'. [AMBIT_DI_STANDARD_DECORATORS]\n` +
        "  next:  Set 'experimentalDecorators' (and 'emitDecoratorMetadata') in the tsconfig.json that the build reads.",
    )
  })

  it('the check that other decorators share, which lets legacy arguments through', () => {
    expect(thrown(() => refuseStandardDecorator('@Mine', { kind: 'class', name: 'Foo' }))).toMatchObject({
      code: 'AMBIT_DI_STANDARD_DECORATORS',
    })
    for (const legacy of [undefined, 'method', Symbol('method'), 0]) refuseStandardDecorator('@Mine', legacy)
  })
})

describe('a decorator that takes nothing', () => {
  it.each([
    ['@PostConstruct', PostConstruct],
    ['@PreDestroy', PreDestroy],
    ['@Primary', Primary],
  ])(
    'refuses to do without parentheses, where a build that checks no types would lose the method: %s',
    (name, decorator) => {
      const use = () => loose(decorator)(Object.prototype, 'toString', { value: String })
      expect(thrown(use)).toMatchObject({
        code: 'AMBIT_DI_DECORATOR',
        message: expect.stringContaining(`${name} was used without parentheses.`),
      })
    },
  )

  it('refuses so on parameters, too', () => {
    expect(thrown(() => loose(Optional)(class Foo {}, undefined, 0))).toMatchObject({ code: 'AMBIT_DI_DECORATOR' })
  })
})

describe('a class decorator', () => {
  it.each([
    ['parentheses left out', () => loose(Component)(class Foo {}), '@Component was used without parentheses.'],
    ['options that are a string', () => loose(Service)('x'), '@Service was given options that are no object.'],
    ['options that are null', () => loose(Service)(null), '@Service was given options that are no object.'],
    ['an option misspelt', () => loose(Component)({ primry: true, x: 1 }), "@Component has no option 'primry', 'x'."],
    [
      'a scope that is no name',
      () => Component({ scope: '  ' })(class Foo {}),
      "Foo asks for the scope '  ', which is no name.",
    ],
    [
      'something that is no class',
      () => loose(Component())(() => 1),
      '@Component was applied to something that is no class.',
    ],
  ])('refuses %s', (_case, use, what) => {
    expect(thrown(use)).toMatchObject({ code: 'AMBIT_DI_DECORATOR', message: expect.stringContaining(what) })
  })

  it('names the options it has', () => {
    expect(thrown(() => loose(Component)({ nam: 'x' }))).toMatchObject({
      message: expect.stringContaining(
        "next:  Its options are 'scope', 'lazy', 'primary', 'name', 'qualifiers', 'order', 'when'.",
      ),
    })
  })

  it('refuses a class that is a component already', () => {
    const decorate = (): unknown => {
      @Service()
      @Component()
      class Foo {}
      return Foo
    }
    expect(thrown(decorate)).toMatchObject({
      message: expect.stringContaining('Foo is decorated with @Component() and with @Service().'),
    })
  })

  it('records stereotype, scope and primary on exactly its class', () => {
    @Primary()
    @Service()
    class Foo {}
    class Bar extends Foo {}
    expect(componentRecord(Foo)).toMatchObject({ stereotype: 'service', scope: 'singleton', primary: true })
    expect(componentRecord(Bar)).toBeUndefined()
  })

  it('of another layer stands on registerComponent', async () => {
    class UserRepository {}
    registerComponent(UserRepository, { stereotype: 'repository' })
    expect(componentRecord(UserRepository)?.stereotype).toBe('repository')
    expect(await problemsOf({ components: [UserRepository] })).toEqual([])
    expect(thrown(() => registerComponent(UserRepository, { stereotype: 'service' }))).toMatchObject({
      message: expect.stringContaining('decorated with @Repository() and with @Service()'),
    })
  })
})

describe('a member decorator refuses', () => {
  class Foo {
    field = 1
    static make(_dependency?: unknown): void {}
    run(_dependency?: unknown): void {}
    get value(): number {
      return this.field
    }
  }
  const descriptor = (target: object, key: string) => Object.getOwnPropertyDescriptor(target, key)

  it.each([
    [
      '@Inject on a property',
      () => loose(Inject(NAME))(Foo.prototype, 'field'),
      'Foo.field',
      'does not fill properties',
    ],
    [
      '@Optional on a property',
      () => loose(Optional())(Foo.prototype, 'field'),
      'Foo.field',
      'does not fill properties',
    ],
    ['@Inject on a static method', () => Inject(NAME)(Foo, 'make', 0), 'Foo.make', 'that is not static'],
    [
      '@Bean on a static method',
      () => loose(Bean(NAME))(Foo, 'make', descriptor(Foo, 'make')),
      'Foo.make',
      'not static',
    ],
    [
      '@Bean on a getter',
      () => loose(Bean(NAME))(Foo.prototype, 'value', descriptor(Foo.prototype, 'value')),
      'Foo.value',
      'method',
    ],
    ['@Bean on a property', () => loose(Bean(NAME))(Foo.prototype, 'field'), 'Foo.field', 'Put it on a method'],
    ['@Primary on a static method', () => Primary()(Foo, 'make'), 'Foo.make', 'not static'],
    [
      '@PostConstruct on a static method',
      () => loose(PostConstruct())(Foo, 'make', descriptor(Foo, 'make')),
      'Foo.make',
      'not static',
    ],
    [
      '@PreDestroy on a getter',
      () => loose(PreDestroy())(Foo.prototype, 'value', descriptor(Foo.prototype, 'value')),
      'Foo.value',
      'Put it on a method',
    ],
    [
      '@PostConstruct on a method with parameters',
      () => loose(PostConstruct())(Foo.prototype, 'run', { value: (_dependency: unknown) => 1 }),
      'Foo.run',
      'dependencies come through the constructor',
    ],
  ])('%s', (_case, use, where, next) => {
    expect(thrown(use)).toMatchObject({
      code: 'AMBIT_DI_DECORATOR',
      message: expect.stringContaining(`where: ${where}`),
    })
    expect(thrown(use)).toMatchObject({ message: expect.stringContaining(next) })
  })

  it.each([
    ['a token that is none', () => loose(Bean)('name'), 'The first argument of @Bean is no token.'],
    ['an unknown option', () => loose(Bean)(NAME, { destroy: 1 }), "@Bean has no option 'destroy'."],
    ['a scope that is no name', () => loose(Bean)(NAME, { scope: '' }), "@Bean was given the scope ''"],
  ])('@Bean with %s', (_case, use, what) => {
    expect(thrown(use)).toMatchObject({ code: 'AMBIT_DI_DECORATOR', message: expect.stringContaining(what) })
  })
})

describe('an entry of the component list is refused', () => {
  it('when it is an undecorated class, naming the decorator to add', async () => {
    class Forgotten {}
    expect(await problemsOf({ components: [Forgotten] })).toEqual([
      {
        code: 'AMBIT_DI_NOT_A_COMPONENT',
        component: 'Forgotten',
        what: 'Forgotten is listed but has no decorator.',
        next: 'Add @Component() or @Service() to Forgotten.',
      },
    ])
  })

  it('PI-W15 when it is an undecorated subclass of a component', async () => {
    @Service()
    class Base {}
    class Sub extends Base {}
    const [problem] = await problemsOf({ components: [Base, Sub] })
    expect(problem?.what).toBe(
      'Sub is listed but has no decorator; the @Service() of its base Base does not count for it.',
    )
    expect(problem?.next).toBe('Add @Service() to Sub.')
  })

  it.each([
    ['undefined', undefined, 'is undefined.', 'probably import each other'],
    ['an arrow function', () => 1, 'is a function, no decorated class.', 'provide(TOKEN, { useFactory: … })'],
    ['a plain function', function plain() {}, 'is a function, no decorated class.', 'Decorate a class'],
    ['a module', { Foo: class Foo {} }, 'is a module or an object, no class.', 'List its classes, or scan the folder.'],
    ['a string', 'Foo', 'is no class.', 'List decorated classes only.'],
    ['null', null, 'is no class.', 'List decorated classes only.'],
    ['an object', {}, 'is no class.', 'List decorated classes only.'],
  ])('when it is %s', async (_case, entry, what, next) => {
    const [problem, ...others] = await problemsOf({ components: [entry as never] })
    expect(others).toEqual([])
    expect(problem?.what).toBe(`Entry 1 of 'components' ${what}`)
    expect(problem?.next).toContain(next)
  })

  it('together with all other entries that are wrong', async () => {
    class A {}
    class B {}
    const problems = await problemsOf({ components: [A, undefined as never, B], providers: ['x' as never] })
    expect(brief(problems)).toEqual([
      'NOT_A_COMPONENT A',
      "NOT_A_COMPONENT Entry 2 of 'components'",
      'NOT_A_COMPONENT B',
      'NOT_A_PROVIDER providers[0]',
    ])
  })
})
