import { isPlaceholder, type Operand, type Placeholder } from './operand'
import { assertPropertyPath } from './property-path'

/** One parameter that holds the whole list, or the members one by one. */
export type Members = Placeholder | readonly Operand[]

/** `id in :ids`, `state not in ('new', :other)`. An empty list contains nothing. */
export interface MembershipNode {
  readonly kind: 'membership'
  readonly path: string
  readonly members: Members
  readonly negated: boolean
  readonly ignoreCase: boolean
}

export const MembershipNode = Object.freeze({
  is(node: { readonly kind: string }): node is MembershipNode {
    return node.kind === 'membership'
  },

  /** A list whose only member is a parameter becomes that parameter: `in (:ids)` means `in :ids`. */
  create(
    path: string,
    members: Members,
    { negated = false, ignoreCase = false }: { readonly negated?: boolean; readonly ignoreCase?: boolean } = {},
  ): MembershipNode {
    return Object.freeze({
      kind: 'membership',
      path: assertPropertyPath(path),
      members: canonical(members),
      negated,
      ignoreCase,
    })
  },
})

/** Whether the call supplies the list as one value. */
export function isListParameter(members: Members): members is Placeholder {
  return !Array.isArray(members)
}

function canonical(members: Members): Members {
  if (isListParameter(members)) return members
  const [first, ...rest] = members
  if (first !== undefined && rest.length === 0 && isPlaceholder(first)) return first
  return Object.freeze([...members])
}
