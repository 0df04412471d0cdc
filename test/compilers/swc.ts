import { type Options, transformSync } from '@swc/core'
import type { ModuleFormat, Sources } from './compiler'
import { writeEach } from './write-each'

type Jsc = NonNullable<Options['jsc']>

export function compileWithSwc(
  sources: Sources,
  folder: string,
  format: ModuleFormat,
  { target = 'es2022', ...transform }: NonNullable<Jsc['transform']> & Pick<Jsc, 'target'>,
): void {
  writeEach(
    sources,
    folder,
    (text, filename) =>
      transformSync(text, {
        filename,
        swcrc: false,
        configFile: false,
        module: { type: format === 'commonjs' ? 'commonjs' : 'es6' },
        jsc: { parser: { syntax: 'typescript', decorators: true }, target, transform },
      }).code,
  )
}
