import type { QueryResultKind } from '../declaration'
import type { PageRequest } from '../paging/page-request'
import type { WindowRequest } from '../paging/window-request'

/**
 * The arguments without the request, which stands last where the result is a page, a slice or a window, and nowhere else; or
 * a sentence. A method with rest arguments keeps them: nobody knows how many there are.
 */
export type ValueArguments<Kind extends QueryResultKind, Args extends readonly unknown[]> = Kind extends keyof Requests
  ? number extends Args['length']
    ? Args
    : Args extends readonly [...infer Values, infer Last]
      ? [Last] extends [Requests[Kind]]
        ? Values
        : NeedsRequest<Kind>
      : NeedsRequest<Kind>
  : PageRequest extends Args[number]
    ? RefuseRequest<Kind, Args>
    : WindowRequest extends Args[number]
      ? RefuseRequest<Kind, Args>
      : Args

interface Requests {
  readonly page: PageRequest
  readonly slice: PageRequest
  readonly window: WindowRequest
}

/** A wide type, such as `unknown`, also takes a request; only one that is nothing else is meant as one. */
type RefuseRequest<Kind extends QueryResultKind, Args extends readonly unknown[]> = Args extends readonly [
  ...unknown[],
  infer Last,
]
  ? [Last] extends [PageRequest]
    ? `a PageRequest is passed but the result is '${Kind}'; use result: 'page' or 'slice'`
    : [Last] extends [WindowRequest]
      ? `a WindowRequest is passed but the result is '${Kind}'; use result: 'window'`
      : Args
  : Args

type NeedsRequest<Kind extends keyof Requests> =
  `result '${Kind}' needs a ${Kind extends 'window' ? 'WindowRequest' : 'PageRequest'} as its last argument`
