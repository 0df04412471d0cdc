import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { build } from 'esbuild'
import { lane } from '#lane'

const ROOT = resolve(__dirname, '../..')

/** A program of this folder on the sources and the lane's TypeORM, in one file that Node can run. */
export interface Bundle {
  readonly file: string
  /** What it needs to find its packages. */
  readonly env: NodeJS.ProcessEnv
  remove(): void
}

export async function bundle(program: string): Promise<Bundle> {
  const folder = mkdtempSync(join(tmpdir(), 'ambit-test-program-'))
  const file = join(folder, 'program.cjs')
  const typeorm = lane.name === 'main' ? 'typeorm' : 'typeorm-0.3'
  await build({
    entryPoints: [join(__dirname, program)],
    outfile: file,
    bundle: true,
    platform: 'node',
    // As the package's own build: what Node 20 does not read is written otherwise.
    target: 'node20',
    format: 'cjs',
    logLevel: 'silent',
    tsconfigRaw: { compilerOptions: { experimentalDecorators: true, useDefineForClassFields: false } },
    plugins: [
      {
        name: 'packages',
        setup: ({ onResolve }) => {
          onResolve({ filter: /^ambit(\/|$)/ }, ({ path }) => ({
            path: join(ROOT, 'src', `${path === 'ambit' ? 'index' : path.slice('ambit/'.length)}.ts`),
          }))
          onResolve({ filter: /^typeorm(\/|$)/ }, ({ path }) => ({
            path: path.replace('typeorm', typeorm),
            external: true,
          }))
          onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
            kind === 'entry-point' ? undefined : { path, external: true },
          )
        },
      },
    ],
  })
  return {
    file,
    env: { ...process.env, NODE_PATH: join(ROOT, 'node_modules') },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
