import type { Variant } from './rounds'

/** The variant, done by several callers at the same time; answers what each of them found. */
export function byCallers(variant: Variant, callers: number): Variant {
  return { name: variant.name, run: () => Promise.all(Array.from({ length: callers }, () => variant.run())) }
}
