import { nearMisses, oneOfThese } from '../../core/near-misses'
import { componentRecord, decoratorName } from '../component'
import type { ComponentIndex } from './component-index'
import type { LeftOut } from '../conditions/admission'
import { some } from '../errors'
import { shownQualifier } from '../injection/qualifier'
import type { Blueprint } from '../registration'
import { type Choice, isAny } from '../injection/selector'
import { answers, isConstructor, type Token, tokenName } from '../token'

/** Why nothing is registered for what was asked for, as far as it can be told. */
export interface Absence {
  readonly suggestions: readonly string[]
  readonly registered: readonly string[]
  /** What is known about the reason, in words that can follow a colon; empty where nothing is. */
  readonly why: string
  /** What to do about it, in words. */
  readonly next: string
}

/** Explains why nothing is registered for a token, and what looks like it. */
export function explainAbsence(token: Token, choice: Choice, index: ComponentIndex): Absence {
  const registered = index.blueprints.map(blueprint => blueprint.name)
  const leftOut = index.leftOut.filter(({ blueprint }) => answers(blueprint.token, token))
  const fitting = isAny(choice) ? [] : index.candidates(token)
  if (fitting.length > 0) return { registered, ...noneChosen(choice, fitting, leftOut) }
  if (leftOut.length > 0) return { registered, suggestions: [], why: reasons(leftOut), next: conditionRemedy(token) }
  const suggestions = nearMisses(tokenName(token), registered)
  const next = joined(oneOfThese(suggestions), remedy(token, index), listing('Registered', registered))
  return { suggestions, registered, why: '', next }
}

/** The reasons of those that were left out, in words that can follow a colon. */
export function reasons(leftOut: readonly LeftOut[]): string {
  return some(
    leftOut.map(({ blueprint, why }) => `${blueprint.origin} was left out, since ${why}`),
    '; ',
  )
}

/** Something fits the token, but not with this name or these qualifiers. */
function noneChosen(
  choice: Choice,
  fitting: readonly Blueprint[],
  leftOut: readonly LeftOut[],
): Omit<Absence, 'registered'> {
  const { name, qualifiers } = choice
  const known = name === undefined ? fitting.flatMap(each => each.qualifiers) : fitting.map(each => each.componentName)
  const wanted = name === undefined ? qualifiers.filter(each => !known.includes(each)) : [name]
  const suggestions = wanted.flatMap(each => nearMisses(String(each), known.map(String)))
  const why = [...fitting.map(each => told(each, choice)), ...(leftOut.length === 0 ? [] : [reasons(leftOut)])]
  const mark = name === undefined ? `@Qualifier(${qualifiers.map(shownQualifier).join(', ')})` : `{ name: '${name}' }`
  const next = `Ask for one that there is, or give ${mark} to the one that is meant; nothing else is taken in its place.`
  return { suggestions, why: some(why, '; '), next: joined(oneOfThese(suggestions), next) }
}

/** `SmtpMailer (@Component) is named 'smtp'`, `RedisCache (@Component) has 'shared'`: what tells it from the asked-for one. */
function told({ origin, componentName, qualifiers }: Blueprint, asked: Choice): string {
  const name = asked.name === undefined ? '' : ` is named '${componentName}'`
  const has = qualifiers.length === 0 ? 'no qualifier' : qualifiers.map(shownQualifier).join(', ')
  return `${origin}${name}${name !== '' && asked.qualifiers.length > 0 ? ' and' : ''}${asked.qualifiers.length === 0 ? '' : ` has ${has}`}`
}

function conditionRemedy(token: Token): string {
  return `Make the conditions hold, or register one for all other cases with @ConditionalOnMissing(${tokenName(token)}).`
}

function remedy(token: Token, index: ComponentIndex): string {
  const name = tokenName(token)
  if (index.blueprints.some(blueprint => blueprint.name === name)) {
    return `Something else named ${name} is registered: the file is loaded twice, or two declarations share the name.`
  }
  if (COLLECTIONS.includes(token)) return COLLECTION_REMEDY
  if (!isConstructor(token)) return `Add provide(${name}, { useValue | useFactory | useClass | useExisting }).`
  const elsewhere = index.blueprints.find(blueprint => blueprint.implementation === token)
  if (elsewhere !== undefined) return `${name} is built for ${elsewhere.name}: ask for that.`
  const record = componentRecord(token)
  if (record === undefined) return `Add @Component() to ${name} and list it, or register a provider for it.`
  return `${name} has ${decoratorName(record.stereotype)}() but is not listed: add it to the components, or its file to the scan.`
}

function joined(...parts: readonly string[]): string {
  return parts.filter(part => part !== '').join(' ')
}

function listing(title: string, names: readonly string[]): string {
  return names.length === 0 ? 'Nothing is registered.' : `${title}: ${some(names, ', ')}.`
}

/** These can be provided as any class can, but are asked for by mistake more often. */
const COLLECTIONS: readonly unknown[] = [Map, Set]
const COLLECTION_REMEDY =
  'For all components of a class write @InjectMap(TheClass) or @InjectAll(TheClass); give a map of your own an InjectionToken.'
