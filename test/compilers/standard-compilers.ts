import ts from 'typescript'
import { compileWithBabel } from './babel'
import type { StandardCompiler } from './compiler'
import { compileWithEsbuild } from './esbuild'
import { compileWithSwc } from './swc'
import { transpileWithTsc } from './tsc'
import { writeForTsx } from './tsx'

/** Compilers without their switch for legacy decorators: they call decorators the standard way, or not at all. */
export const STANDARD_COMPILERS: readonly StandardCompiler[] = [
  ...[ts.ScriptTarget.ES2022, ts.ScriptTarget.ES2016].map((target): StandardCompiler => ({
    id: `tsc-standard-${ts.ScriptTarget[target].toLowerCase()}`,
    format: 'commonjs',
    refusesDeclared: false,
    compile: (sources, folder) => transpileWithTsc(sources, folder, { target, module: ts.ModuleKind.CommonJS }),
  })),
  {
    id: 'esbuild-standard',
    format: 'module',
    refusesDeclared: true,
    compile: (sources, folder) => compileWithEsbuild(sources, folder, { format: 'module', compilerOptions: {} }),
  },
  {
    id: 'tsx-standard',
    format: 'commonjs',
    refusesDeclared: true,
    loader: ['--import', 'tsx'],
    compile: (sources, folder) => writeForTsx(sources, folder, {}),
  },
  ...(['2022-03', '2023-11'] as const).map((decoratorVersion): StandardCompiler => ({
    id: `swc-standard-${decoratorVersion}`,
    format: 'commonjs',
    refusesDeclared: false,
    compile: (sources, folder) => compileWithSwc(sources, folder, 'commonjs', { decoratorVersion }),
  })),
  ...['2022-03', '2023-11'].map((version): StandardCompiler => ({
    id: `babel-standard-${version}`,
    format: 'commonjs',
    refusesDeclared: false,
    compile: (sources, folder) => compileWithBabel(sources, folder, 'commonjs', version),
  })),
]
