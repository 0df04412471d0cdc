/** What was thrown, by its kind: its message could hold what is secret. Errors of another realm count too. */
export function kindOfThrown(error: unknown): string {
  const name: unknown =
    typeof error === 'object' && error !== null && 'message' in error && 'name' in error ? error.name : ''
  return typeof name === 'string' && name !== '' ? name : 'a value that is no Error'
}

export function codeOfThrown(error: unknown): string {
  const code: unknown = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : kindOfThrown(error)
}
