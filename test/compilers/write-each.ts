import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Sources } from './compiler'

/** Writes each source, compiled on its own. */
export function writeEach(
  sources: Sources,
  folder: string,
  compile: (text: string, name: string) => string,
  extension = '.js',
): void {
  for (const [name, text] of sources) writeFileSync(join(folder, name.replace(/\.ts$/, extension)), compile(text, name))
}
