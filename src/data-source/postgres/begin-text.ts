import type { IsolationLevel } from '../../tx/isolation'

/** The BEGIN that asks for what the originator asked for. */
export function beginText(isolation: IsolationLevel | undefined, readOnly: boolean): string {
  const parts = ['BEGIN']
  if (isolation !== undefined) parts.push(`ISOLATION LEVEL ${isolation}`)
  if (readOnly) parts.push('READ ONLY')
  return parts.join(' ')
}
