/** Orders texts by their UTF-16 units: the same everywhere, whatever the locale. */
export function byText(left: string, right: string): number {
  return left < right ? -1 : Number(left > right)
}
