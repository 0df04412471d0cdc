import type { BoundField } from './binder'
import { assign, undressed } from './dressing'
import { type ConfigNode, nodeAt } from './node'
import type { Origin } from './origin'
import type { Path } from './path'
import { pathText } from './path'
import { problem, type Report } from './problem'
import { redacted } from './redaction'
import { issuePath, type SchemaIssue, type StandardSchema } from './standard-schema'
import { kindOfThrown } from './thrown'

/** A value that a schema is asked about. */
export interface Validation {
  readonly schema: StandardSchema
  readonly value: unknown
  readonly path: Path
  /** The tree that the value was read from, to tell where an issue's value was written. */
  readonly root: ConfigNode
  /** Whether nothing that the schema says may be shown. */
  readonly secret: boolean
  /** Texts that no message may show. */
  readonly secrets: readonly unknown[]
  /** Turns the steps of an issue (properties) into those of the configuration (keys). */
  readonly keysOf?: (path: Path) => Path
}

/** What a schema makes of a value; `undefined` where it refuses it, which is reported. */
export async function validate(
  validation: Validation,
  report: Report,
): Promise<{ readonly value: unknown } | undefined> {
  try {
    const result = await validation.schema['~standard'].validate(validation.value)
    if (result.issues === undefined) return { value: result.value }
    for (const issue of result.issues) report(refusal(issue, validation))
  } catch (error) {
    report(failure(error, validation))
  }
  return undefined
}

/** Checks the fields that have schemas of their own. */
export async function validateFields(fields: readonly BoundField[], root: ConfigNode, report: Report): Promise<void> {
  for (const { field, instance, path, secret } of fields) {
    if (field.schema === undefined) continue
    const target = instance as Record<string, unknown> // a settings object, before it is frozen
    const value = undressed(target[field.property])
    if (value === undefined && field.optional) continue
    const result = await validate({ schema: field.schema, value, path, root, secret, secrets: [] }, report)
    if (result !== undefined) assign(target, { [field.property]: result.value }, [field])
  }
}

function refusal(issue: SchemaIssue, validation: Validation): ReturnType<typeof problem> {
  const { path, root, secret, value, secrets, keysOf = same } = validation
  const steps = issuePath(issue)
  const full = [...path, ...keysOf(steps)]
  const said = secret
    ? 'it is secret, so what the schema says is not shown'
    : redacted(issue.message, [at(value, steps), ...secrets])
  const what = `${pathText(full) || 'The configuration'} is refused by its schema: ${said}.`.replace(/\.\.$/, '.')
  return problem('AMBIT_CONFIG_REFUSED', {
    path: full,
    origin: originAt(root, full),
    what,
    next: 'Give a value that it accepts.',
  })
}

function failure(error: unknown, { path, root }: Validation): ReturnType<typeof problem> {
  const what = `The schema of ${pathText(path) || 'the configuration'} threw ${kindOfThrown(error)}.`
  const next = 'A schema reports issues, and does not throw: correct it.'
  return problem('AMBIT_CONFIG_REFUSED', { path, origin: originAt(root, path), what, next })
}

/** Where the nearest value that a source has was written. */
function originAt(root: ConfigNode, path: Path): Origin | undefined {
  for (let end = path.length; end > 0; end--) {
    const node = nodeAt(root, path.slice(0, end))
    if (node !== undefined) return node.origin
  }
  return undefined
}

function at(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((inner, step) => {
    return typeof inner === 'object' && inner !== null ? (inner as Readonly<Record<string, unknown>>)[step] : undefined
  }, value)
}

function same(path: Path): Path {
  return path
}
