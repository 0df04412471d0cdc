import { join } from 'node:path'
import { build, type TsconfigRaw } from 'esbuild'
import type { ModuleFormat, Sources } from './compiler'
import { writeEach } from './write-each'

type CompilerOptions = NonNullable<TsconfigRaw['compilerOptions']>

interface EsbuildSettings {
  readonly format: ModuleFormat
  readonly compilerOptions: CompilerOptions
  readonly target?: string
}

/** One bundle per program; packages stay outside, as is usual for Node. */
export async function compileWithEsbuild(
  sources: Sources,
  folder: string,
  { format, compilerOptions, target = 'es2022' }: EsbuildSettings,
): Promise<void> {
  writeEach(sources, folder, text => text, '.ts')
  await build({
    entryPoints: [join(folder, 'main.ts')],
    outfile: join(folder, 'main.js'),
    bundle: true,
    packages: 'external',
    platform: 'node',
    target,
    format: format === 'commonjs' ? 'cjs' : 'esm',
    tsconfigRaw: { compilerOptions },
    logLevel: 'silent',
  })
}
