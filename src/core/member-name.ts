/** `Owner.member` for messages, whether a decorator got a class or a prototype. */
export function memberName(target: object, key: string | symbol | undefined): string {
  const owner = typeof target === 'function' ? target.name : target.constructor.name
  return key === undefined ? owner : `${owner}.${String(key)}`
}
