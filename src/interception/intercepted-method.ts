import { ambientApplication, resolveApplication, runInApplication } from '../core/applications'
import { type ReturnKind, returnKind } from '../core/method-kind'
import { isSelfBounded, type MethodLayers } from '../core/method-layers'
import type { Method } from '../core/wrap-method'
import { Chain } from './chain'
import { InterceptedCall } from './intercepted-call'
import type { Interception, InterceptedMember } from './interception'
import { interceptorsOf } from './interceptors'
import { withoutContainer } from './refusals'

/** Makes the function that runs a method's interceptors, its boundary among them, and the method itself. */
export function interceptedMethod(interception: Interception, layers: MethodLayers): Method {
  const called = { site: interception.site, original: layers.original }
  // Both are made with the first call: until then a source may be unable to answer, and a compiler's metadata be missing.
  let returns: ReturnKind | undefined
  let chain: Chain | undefined
  return function intercepted(this: unknown, ...args: unknown[]): unknown {
    returns ??= returnsOf(interception, layers)
    try {
      chain ??= Chain.of(interception, layers, returns)
      return entered(chain, called, this as object, args)
    } catch (error) {
      if (returns !== 'promise') throw error
      // An asynchronous method never throws at its caller.
      const failure = error as Error
      return Promise.reject(failure)
    }
  }
}

/** A method in a transaction returns a promise, or the boundary says what is wrong; a declared query always does. */
export function returnsOf(
  { site }: Interception,
  { owner = site.owner, original, boundary }: MethodLayers,
): ReturnKind {
  const kind = returnKind(owner, site.member, original)
  const isBoundary = boundary !== undefined || isSelfBounded(original)
  return isBoundary && kind !== 'iterator' ? 'promise' : kind
}

type Called = Pick<MethodLayers, 'original'> & { readonly site: InterceptedMember }

/** In the application that the object belongs to, so that what interceptors call belongs to it too. */
function entered(chain: Chain, called: Called, instance: object, args: unknown[]): unknown {
  const application = resolveApplication(instance)
  const interceptors = interceptorsOf(application)
  if (interceptors === undefined) throw withoutContainer(called.site.label, application.name)
  const { site, original } = called
  const state = { site, original, instance, interceptors, locals: undefined, returned: undefined }
  const call = new InterceptedCall(state, args)
  if (ambientApplication() === application) return chain.run(call)
  return runInApplication(application, () => chain.run(call))
}
