import type { BootstrapOptions } from '../application'

/** A text without the passwords of the URLs in play: drivers and modules write into their errors what they like. */
export function withoutSecrets(
  text: string,
  urls: readonly (string | undefined)[],
  options: BootstrapOptions | undefined,
): string {
  const own = Object.values({ ...options?.dataSources, database: options?.database }).map(settings => settings?.url)
  const secrets = [...urls, ...own].flatMap(url => (typeof url === 'string' ? passwordsOf(url) : []))
  return secrets.reduce((masked, secret) => masked.replaceAll(secret, '***'), text)
}

/** As it stands in the URL, and as the driver reads it. */
function passwordsOf(url: string): readonly string[] {
  if (!URL.canParse(url)) return url.includes('@') ? [url] : []
  const { password } = new URL(url)
  return password === '' ? [] : [...new Set([password, decoded(password)])]
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
