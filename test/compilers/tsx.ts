import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Sources } from './compiler'
import { writeEach } from './write-each'

/** tsx compiles while it runs, by the tsconfig.json of the folder it is started in. */
export function writeForTsx(sources: Sources, folder: string, compilerOptions: object): void {
  writeEach(sources, folder, text => text, '.ts')
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions }))
}
