/** The way from the root of a configuration to a value: keys of maps, and indexes of lists. */
export type Path = readonly (string | number)[]

/** `['mail', 'servers', 0, 'host']` → `'mail.servers[0].host'`; keys that would mislead are quoted. */
export function pathText(path: Path): string {
  const text = path.map(step => (typeof step === 'number' ? `[${step}]` : keyText(step))).join('')
  return text.startsWith('.') ? text.slice(1) : text
}

/** `'mail.servers[0].host'` → its steps; a key that holds dots is written `['a.b']`. */
export function parsePath(text: string): Path {
  return [...text.matchAll(STEPS)].map(([, index, quoted, key]) =>
    index !== undefined ? Number(index) : (quoted ?? key ?? ''),
  )
}

export function isBelow(path: Path, ancestor: Path): boolean {
  return ancestor.length <= path.length && ancestor.every((step, index) => step === path[index])
}

/** Whether one path leads to what the other one does, or to something around it. */
export function pathsMeet(one: Path, other: Path): boolean {
  return isBelow(one, other) || isBelow(other, one)
}

function keyText(key: string): string {
  return PLAIN_KEY.test(key) ? `.${key}` : `['${key}']`
}

const PLAIN_KEY = /^[^.[\]'\s]+$/
const STEPS = /\[(\d+)\]|\['([^']*)'\]|\.?([^.[\]]+)/g
