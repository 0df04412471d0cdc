import type { Class } from '../core/metadata'
import { layered, layersOf } from '../core/method-layers'
import { publicMethods } from '../core/public-methods'
import type { Method } from '../core/wrap-method'
import { beansOf } from '../di/bean'
import { hooksOfClass } from '../di/lifecycle/hooks'
import { Interception, interceptionOf, type InterceptorSource } from './interception'
import { isNotIntercepted } from './not-intercepted.decorator'

/**
 * Puts interceptors around the public methods of a class, own and inherited, on the class's own prototype. What the container
 * calls while it builds or disposes is left alone, as are members starting with `_`, accessors and statics. Which of them an
 * asynchronous interceptor suits is seen with the first call.
 */
export function interceptClass(target: Class, sources: readonly InterceptorSource[]): void {
  const owner = target.prototype as object
  const written = sources.map(source => ({ source, ofClass: true }))
  const own = new Set([...hooksOfClass(target), ...beansOf(target).map(({ method }) => method)])
  for (const [member, definition] of publicMethods(owner)) {
    const method = definition.descriptor.value as Method // the public methods are functions
    if (own.has(member) || isNotIntercepted(layersOf(method)?.owner ?? definition.owner, member)) continue
    const site = { target, owner, member, label: `${target.name}.${member}` }
    const interception = new Interception(site, written).around(interceptionOf(method))
    const value = layered(method, { interception }, site)
    Object.defineProperty(owner, member, { ...definition.descriptor, value, configurable: true, writable: true })
  }
}
