/** A program's files: text by name. */
export type Sources = ReadonlyMap<string, string>

export type ModuleFormat = 'commonjs' | 'module'

/** A compiler with settings, as a project would use it. */
export interface Compiler {
  readonly id: string
  readonly format: ModuleFormat
  /** Writes what Node is to run into a folder; throws where it refuses the program. */
  compile(sources: Sources, folder: string): Promise<void> | void
  /** What Node takes before the program's name, which then is that of the source. Default: nothing, and the compiled file. */
  readonly loader?: readonly string[]
}

/** What a program compiled by it is expected to do. */
export interface LegacyCompiler extends Compiler {
  /** Whether constructor types are emitted. */
  readonly metadata: boolean
  /** Whether a decorated field without an initializer becomes an own property, which hides the query behind it. */
  readonly fields: boolean
}

/** What a build without legacy decorators does. */
export interface StandardCompiler extends Compiler {
  /** Whether it refuses to compile a decorated `declare`d property. */
  readonly refusesDeclared: boolean
}
