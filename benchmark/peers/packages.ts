import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const requireHere = createRequire(__filename)

/** Loads a package of `benchmark/package.json`. By hand, because the sources must compile where it is not installed. */
export function load(name: string): unknown {
  return requireHere(name)
}

export function isInstalled(name: string): boolean {
  return resolved(name) !== undefined
}

/** A package as some code sees it: two that load the same file share everything in it. */
export interface Copy {
  readonly version: string
  readonly file: string
}

/** The package as the benchmark sees it, or as another package does. */
export function copyOf(name: string, seenBy?: string): Copy {
  const seeing = seenBy === undefined ? requireHere : createRequire(requireHere.resolve(seenBy))
  const file = seeing.resolve(name)
  return { version: versionOf(name, dirname(file)), file }
}

/** By walking up: export maps hide `package.json`. */
function versionOf(name: string, folder: string): string {
  const manifest = manifestIn(folder)
  if (manifest?.name === name) return manifest.version
  const above = dirname(folder)
  if (above === folder) throw new Error(`the package ${name} has no manifest`)
  return versionOf(name, above)
}

function manifestIn(folder: string): { readonly name: string; readonly version: string } | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { name: string; version: string }
  } catch {
    return undefined
  }
}

function resolved(name: string): string | undefined {
  try {
    return requireHere.resolve(name)
  } catch {
    return undefined
  }
}
