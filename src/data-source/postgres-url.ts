/** What is wrong with a URL of PostgreSQL, without a character of it: each may belong to the password. */
export interface UrlProblem {
  readonly problem: string
  readonly next: string
}

/** Found here, because the driver would find it late, find another server, or print the URL with its password. */
export function problemOfPostgresUrl(url: string): UrlProblem | undefined {
  if (!URL.canParse(url)) return { problem: 'its URL cannot be read', next: `${FORM} ${ENCODE}` }
  const { hostname, pathname, search, searchParams, hash, username, password } = new URL(url)
  // A '/', '?' or '#' in a password ends the host too early: what follows holds the '@' that was meant to stand before it.
  if (hash !== '' || `${pathname}${search}`.includes('@')) {
    return { problem: "its URL has an '@' or '#' behind the host", next: ENCODE }
  }
  if (![username, password, pathname].every(isDecodable)) {
    return { problem: "its URL has a '%' that begins no encoded character", next: `${ENCODE} A '%' itself is %25.` }
  }
  if (hostname === '' && !searchParams.has('host')) return { problem: 'its URL names no host', next: FORM }
  return undefined
}

function isDecodable(part: string): boolean {
  try {
    decodeURIComponent(part)
    return true
  } catch {
    return false
  }
}

const FORM = 'Write postgres://user:password@host:5432/database.'
const ENCODE = 'Encode special characters of user and password, as encodeURIComponent() does.'
