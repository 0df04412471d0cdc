import type { Class } from '../core/metadata'
import { provide, type Provider } from '../di'
import { ApplicationConfiguration } from './configuration'
import { type Live, live } from './live'

/** What an application can inject of its configuration, beside the settings classes themselves. */
export function configurationProviders(
  configuration: ApplicationConfiguration,
  settings: readonly Class[],
): readonly Provider[] {
  return [
    provide(ApplicationConfiguration, { useValue: configuration }),
    ...settings.map(target =>
      provide(live(target), { inject: [target], useFactory: given => liveHandle(configuration, target, given) }),
    ),
  ]
}

/** A test may have put something in the place of the settings, which no refresh changes. */
function liveHandle(configuration: ApplicationConfiguration, target: Class, given: unknown): Live<unknown> {
  const isBound = configuration.initial(target) === given
  return Object.freeze({ get: () => (isBound ? configuration.settings(target) : given) })
}
