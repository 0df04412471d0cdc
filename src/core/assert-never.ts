/** Ends a `switch` over a closed union: a member without a case no longer compiles. */
export function assertNever(value: never): never {
  throw new TypeError(`unreachable: ${String(value)}`)
}
