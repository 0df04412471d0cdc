import { explainAbsence } from './absence'
import type { ComponentIndex, Selection } from './component-index'
import { AmbiguousComponentError, ComponentNotFoundError } from '../errors'
import { readWanted, shownWanted, type Wanted } from '../injection/selector'

/** The error of a container that was asked for what it has not, or has more than once. */
export function unselected(
  token: Wanted,
  selection: Exclude<Selection, { readonly kind: 'found' }>,
  index: ComponentIndex,
): Error {
  if (selection.kind === 'missing') return notFound(token, index)
  return new AmbiguousComponentError(
    shownToken(token),
    selection.candidates.map(candidate => candidate.origin),
  )
}

function notFound(token: unknown, index: ComponentIndex): ComponentNotFoundError {
  const wanted = readWanted(token)
  if (wanted === undefined) return new ComponentNotFoundError(String(token), [], [], NO_TOKEN)
  const name = shownToken(token)
  const { suggestions, registered, why, next } = explainAbsence(wanted.token, wanted.choice, index)
  const what = `Nothing is registered for ${name}${why === '' ? '' : `: ${why}`}.`
  const text = { what, where: `container.get(${name})`, next }
  return new ComponentNotFoundError(name, suggestions, registered, text)
}

function shownToken(token: unknown): string {
  const wanted = readWanted(token)
  return wanted === undefined ? String(token) : shownWanted(wanted.token, wanted.choice)
}

const NO_TOKEN = {
  what: 'The container was asked for something that is no token.',
  where: 'container.get(…)',
  next: 'Pass a class or an InjectionToken; undefined usually means that two files import each other.',
}
