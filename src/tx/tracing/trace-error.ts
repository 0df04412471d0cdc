import { isAmbitError } from '../../core/ambit-error'
import type { TraceError } from './transaction-trace'

/** What may be kept of an error; `undefined` of none. */
export function traceError(error: unknown): TraceError | undefined {
  if (error === undefined) return undefined
  if (!(error instanceof Error)) return Object.freeze({ name: typeof error, code: undefined, message: undefined })
  return Object.freeze({ name: nameOf(error), code: codeOf(error), message: messageOf(error) })
}

/** Classes rarely set `name`; who sets it may have put anything there. */
function nameOf({ name, constructor }: Error): string {
  return [name === 'Error' ? constructor.name : name, constructor.name].find(each => NAME.test(each)) ?? 'Error'
}

function codeOf(error: Error): string | undefined {
  const { code } = error as { readonly code?: unknown }
  return typeof code === 'string' && CODE.test(code) ? code : undefined
}

/** The first line is what happened; the code is kept beside it. */
function messageOf(error: Error): string | undefined {
  if (!isAmbitError(error)) return undefined
  return error.message.split('\n', 1)[0]?.replace(` [${error.code}]`, '')
}

const NAME = /^[\w$]{1,100}$/
const CODE = /^[A-Z0-9][A-Z0-9_]{0,99}$/
