import ts from 'typescript'
import { compileWithBabel } from './babel'
import type { LegacyCompiler, ModuleFormat } from './compiler'
import { compileWithEsbuild } from './esbuild'
import { compileWithSwc } from './swc'
import { compileWithTsc } from './tsc'
import { writeForTsx } from './tsx'

const FORMATS = ['commonjs', 'module'] as const satisfies readonly ModuleFormat[]
const DEFINE = [false, true] as const

/** Compilers that call decorators the legacy way. The guide has a row for each. */
export const LEGACY_COMPILERS: readonly LegacyCompiler[] = [
  ...DEFINE.flatMap(define =>
    ['ES2022', 'ES2016'].flatMap(target => FORMATS.map(format => tsc(define, target, format))),
  ),
  ...DEFINE.flatMap(define => FORMATS.map(format => esbuild(define, format))),
  esbuild(false, 'commonjs', 'es2016'),
  ...DEFINE.flatMap(define => FORMATS.map(format => tsx(define, format))),
  swc({ metadata: true, target: 'es2022', format: 'commonjs' }),
  swc({ metadata: true, target: 'es2016', format: 'module' }),
  swc({ metadata: false, target: 'es2022', format: 'module' }),
  swc({ metadata: false, target: 'es2016', format: 'commonjs' }),
  swcByDefault(),
  ...FORMATS.map(babel),
]

function tsc(define: boolean, target: string, format: ModuleFormat): LegacyCompiler {
  const settings: ts.CompilerOptions = {
    target: target === 'ES2022' ? ts.ScriptTarget.ES2022 : ts.ScriptTarget.ES2016,
    module: format === 'commonjs' ? ts.ModuleKind.CommonJS : ts.ModuleKind.ESNext,
    experimentalDecorators: true,
    emitDecoratorMetadata: true,
    useDefineForClassFields: define,
  }
  return {
    id: `tsc-${define ? 'define' : 'assign'}-${target.toLowerCase()}-${format}`,
    format,
    metadata: true,
    fields: define,
    compile: (sources, folder) =>
      compileWithTsc(sources, folder, settings, target === 'ES2022' && format === 'commonjs'),
  }
}

function esbuild(define: boolean, format: ModuleFormat, target = 'es2022'): LegacyCompiler {
  const compilerOptions = { experimentalDecorators: true, emitDecoratorMetadata: true, useDefineForClassFields: define }
  return {
    id: `esbuild-${define ? 'define' : 'assign'}-${target}-${format}`,
    format,
    metadata: false,
    fields: define,
    compile: (sources, folder) => compileWithEsbuild(sources, folder, { format, target, compilerOptions }),
  }
}

function tsx(define: boolean, format: ModuleFormat): LegacyCompiler {
  const options = { experimentalDecorators: true, emitDecoratorMetadata: true, useDefineForClassFields: define }
  return {
    id: `tsx-${define ? 'define' : 'assign'}-${format}`,
    format,
    metadata: false,
    fields: define,
    loader: ['--import', 'tsx'],
    compile: (sources, folder) => writeForTsx(sources, folder, options),
  }
}

function swc({ metadata, target, format }: SwcSettings): LegacyCompiler {
  return {
    id: `swc-${metadata ? 'metadata' : 'plain'}-${target}-${format}`,
    format,
    metadata,
    fields: true,
    compile: (sources, folder) =>
      compileWithSwc(sources, folder, format, { target, legacyDecorator: true, decoratorMetadata: metadata }),
  }
}

/** What SWC does where nothing is said about decorators but that there are some. */
function swcByDefault(): LegacyCompiler {
  return {
    id: 'swc-default',
    format: 'commonjs',
    metadata: false,
    fields: true,
    compile: (sources, folder) => compileWithSwc(sources, folder, 'commonjs', {}),
  }
}

interface SwcSettings {
  readonly metadata: boolean
  readonly target: 'es2022' | 'es2016'
  readonly format: ModuleFormat
}

function babel(format: ModuleFormat): LegacyCompiler {
  return {
    id: `babel-${format}`,
    format,
    metadata: false,
    fields: false,
    compile: (sources, folder) => compileWithBabel(sources, folder, format, 'legacy'),
  }
}
