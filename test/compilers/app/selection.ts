import {
  all,
  Bean,
  bootstrap,
  Component,
  ConditionalOnEnv,
  ConditionalOnMissing,
  Configuration,
  InjectionToken,
  lazy,
  type Lazy,
  mapOf,
  named,
  Order,
  Primary,
  Profile,
  provide,
  qualified,
  Qualifier,
} from 'ambit'

// Everything that can be asked for, by `static inject` and its kin alone: nothing here needs emitted metadata.

export abstract class Channel {
  abstract readonly kind: string
}

@Order(2)
@Qualifier('slow')
@Component({ name: 'post' })
class PostChannel extends Channel {
  readonly kind = 'post'
}

@Primary()
@Order(1)
@Component()
class MailChannel extends Channel {
  readonly kind = 'mail'
}

@Profile('prod')
@Component()
class ChatChannel extends Channel {
  readonly kind = 'chat'
}

@ConditionalOnEnv('NOWHERE_SET')
@Component()
class FaxChannel extends Channel {
  readonly kind = 'fax'
}

abstract class Clock {
  abstract year(): number
}

@ConditionalOnMissing(Clock)
@Component()
class FixedClock extends Clock {
  year(): number {
    return 2031
  }
}

@Configuration()
class Reports {
  static readonly inject = [Clock]
  constructor(private readonly clock: Clock) {}

  @Bean(Date, { inject: [all(Channel), { token: Date, optional: true, name: 'none' }] })
  begin(channels: readonly Channel[], none?: Date): Date {
    return new Date(Date.UTC(this.clock.year(), channels.length, none === undefined ? 1 : 2))
  }
}

const COUNT = new InjectionToken<number>('count')

@Component()
class Board {
  static readonly inject = [
    qualified(Channel, 'slow'),
    named(Channel, 'post'),
    all(Channel),
    mapOf(Channel),
    lazy(all(Channel, { qualifier: 'slow' })),
    { token: Channel, qualifier: 'none', optional: true },
    Date,
    COUNT,
  ]

  constructor(
    readonly slow: Channel,
    readonly post: Channel,
    readonly list: readonly Channel[],
    readonly byName: ReadonlyMap<string, Channel>,
    readonly later: Lazy<readonly Channel[]>,
    readonly none: Channel | undefined,
    readonly begin: Date,
    readonly count: number,
  ) {}
}

/** What was injected. */
export async function selection(): Promise<object> {
  const app = await bootstrap({
    components: [PostChannel, MailChannel, ChatChannel, FaxChannel, FixedClock, Reports, Board],
    providers: [provide(COUNT, { inject: [mapOf(Channel, { by: 'class' })], useFactory: byClass => byClass.size })],
    profiles: ['test'],
    environment: {},
  })
  const board = app.get(Board)
  const report = {
    slow: board.slow.kind,
    same: board.slow === board.post,
    usual: app.get(Channel).kind,
    list: board.list.map(channel => channel.kind),
    names: [...board.byName.keys()],
    later: board.later.get().map(channel => channel.kind),
    none: board.none ?? 'nothing',
    begin: board.begin.toISOString(),
    count: board.count,
    left: app.conditions.filter(({ held }) => !held).map(({ component }) => component),
  }
  await app.close()
  return report
}
