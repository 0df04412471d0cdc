import { componentRecord, decoratorName } from './component'
import type { ComponentIndex } from './component-index'
import { nearMisses } from '../core/near-misses'
import { isConstructor, type Token, tokenName } from './token'

/** Why nothing is registered for a token, as far as it can be told. */
export interface Absence {
  readonly suggestions: readonly string[]
  readonly registered: readonly string[]
  /** What to do about it, in words. */
  readonly next: string
}

/** Explains why nothing is registered for a token, and what looks like it. */
export function explainAbsence(token: Token, index: ComponentIndex): Absence {
  const registered = index.blueprints.map(blueprint => blueprint.name)
  const suggestions = nearMisses(tokenName(token), registered)
  const next = [didYouMean(suggestions), remedy(token, index), listing(registered)]
    .filter(part => part !== '')
    .join(' ')
  return { suggestions, registered, next }
}

function didYouMean(suggestions: readonly string[]): string {
  return suggestions.length === 0 ? '' : `Did you mean ${suggestions.join(' or ')}?`
}

function remedy(token: Token, index: ComponentIndex): string {
  const name = tokenName(token)
  if (index.blueprints.some(blueprint => blueprint.name === name)) {
    return `Something else named ${name} is registered: the file is loaded twice, or two declarations share the name.`
  }
  if (!isConstructor(token)) return `Add provide(${name}, { useValue | useFactory | useClass | useExisting }).`
  const elsewhere = index.blueprints.find(blueprint => blueprint.implementation === token)
  if (elsewhere !== undefined) return `${name} is built for ${elsewhere.name}: ask for that.`
  const record = componentRecord(token)
  if (record === undefined) return `Add @Component() to ${name} and list it, or register a provider for it.`
  return `${name} has ${decoratorName(record.stereotype)}() but is not listed: add it to the components, or its file to the scan.`
}

function listing(registered: readonly string[]): string {
  if (registered.length === 0) return 'Nothing is registered.'
  const rest = registered.length - SHOWN
  return `Registered: ${registered.slice(0, SHOWN).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}.`
}

const SHOWN = 20
