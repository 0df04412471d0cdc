import type { Class } from '../../core/metadata'
import { COMPONENT_OPTIONS, type ComponentOptions, decoratorName, registerComponent } from '../component'
import { refuseMember, refuseStandardDecorator, refuseUnknownOptions } from './decorator-use'

/**
 * Makes a class a component: the container builds it, with its dependencies, when it is listed or scanned.
 *
 * Use it for what is neither a service nor a repository. The dependencies are the constructor's parameters: a class by its
 * type, anything else by `@Inject(TOKEN)`. In builds without emitted metadata write `static inject = [A, B]`.
 *
 * @example
 * import { Component } from 'ambit'
 *
 * @Component()
 * class PasswordHasher {
 *   hash(password: string): string { return scrypt(password) }
 * }
 *
 * @throws InvalidComponentError `AMBIT_DI_DECORATOR`, `AMBIT_DI_STANDARD_DECORATORS`
 */
export function Component(options?: ComponentOptions): (target: Class) => void {
  return stereotypeDecorator('component', options)
}

/**
 * Makes a class a component, and says that it holds business logic.
 *
 * The container treats it as `@Component()`; reports keep the name.
 *
 * @example
 * import { Service } from 'ambit'
 *
 * @Service()
 * class UserService {
 *   constructor(private readonly users: UserRepository) {}
 * }
 *
 * @throws InvalidComponentError `AMBIT_DI_DECORATOR`, `AMBIT_DI_STANDARD_DECORATORS`
 */
export function Service(options?: ComponentOptions): (target: Class) => void {
  return stereotypeDecorator('service', options)
}

/**
 * Makes a class a component whose `@Bean()` methods make further components.
 *
 * Use it for objects of other libraries, and for what needs code to be put together. The class is built once; its beans share
 * its state.
 *
 * @example
 * import { Bean, Configuration } from 'ambit'
 *
 * @Configuration()
 * class MailConfiguration {
 *   constructor(private readonly settings: Settings) {}
 *
 *   @Bean(SmtpPool, { close: pool => pool.end() })
 *   async pool(): Promise<SmtpPool> { return SmtpPool.connect(this.settings.smtpUrl) }
 * }
 *
 * @throws InvalidComponentError `AMBIT_DI_DECORATOR`, `AMBIT_DI_STANDARD_DECORATORS`
 */
export function Configuration(options?: ComponentOptions): (target: Class) => void {
  return stereotypeDecorator('configuration', options)
}

function stereotypeDecorator(stereotype: string, options: ComponentOptions | undefined): (target: Class) => void {
  const decorator = decoratorName(stereotype)
  refuseUnknownOptions(decorator, options, COMPONENT_OPTIONS)
  return (target: Class, ...rest: unknown[]) => {
    refuseStandardDecorator(decorator, rest[0])
    refuseMember(decorator, target, rest)
    registerComponent(target, { ...options, stereotype })
  }
}
