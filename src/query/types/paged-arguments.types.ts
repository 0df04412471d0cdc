import type { QueryResultKind } from '../declaration'
import type { PageRequest } from '../paging/page-request'

/**
 * The arguments without the page request, which stands last where the result is a page or a slice, and nowhere else; or a
 * sentence. A method with rest arguments keeps them: nobody knows how many there are.
 */
export type ValueArguments<Kind extends QueryResultKind, Args extends readonly unknown[]> = Kind extends
  'page' | 'slice'
  ? number extends Args['length']
    ? Args
    : Args extends readonly [...infer Values, infer Last]
      ? [Last] extends [PageRequest]
        ? Values
        : NeedsPage<Kind>
      : NeedsPage<Kind>
  : PageRequest extends Args[number]
    ? RefusePage<Kind, Args>
    : Args

/** A wide type, such as `unknown`, also takes a page request; only one that is nothing else is meant as one. */
type RefusePage<Kind extends QueryResultKind, Args extends readonly unknown[]> = Args extends readonly [
  ...unknown[],
  infer Last,
]
  ? [Last] extends [PageRequest]
    ? `a PageRequest is passed but the result is '${Kind}'; use result: 'page' or 'slice'`
    : Args
  : Args

type NeedsPage<Kind extends QueryResultKind> = `result '${Kind}' needs a PageRequest as its last argument`
