import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { BootstrapOptions } from '../../application'
import { type ApplicationCheck, checkApplication } from '../../application/check-application'
import { isAmbitError } from '../../core/ambit-error'
import { applicationOptions, ModuleProblem } from '../application-options'
import { chosenDatabases, withUrl } from '../data-source-url'
import { type Command, EXIT, type ExitCode, type Io } from '../io'
import { printedCheck } from '../print-check'
import { withoutSecrets } from '../secrets'

/** Compares an application with its databases, without starting it. */
export const check: Command = {
  summary: 'checks an application and its SQL against a database, without starting it',

  async run(args, io): Promise<ExitCode> {
    const given = read(args)
    if (typeof given === 'string') return refuse(io, `${given}\n\n${USAGE}`)
    if (given.help) {
      io.out(USAGE)
      return EXIT.fine
    }
    const [module, ...others] = given.modules
    if (module === undefined || others.length > 0) return refuse(io, `Give one module.\n\n${USAGE}`)
    return checkModule(module, given, io)
  },
}

interface Given {
  readonly modules: readonly string[]
  readonly url: string | undefined
  readonly dataSource: string | undefined
  readonly json: boolean
  readonly sql: boolean
  readonly help: boolean
}

/** What is wrong with the arguments, as a sentence, where something is. */
function read(args: readonly string[]): Given | string {
  try {
    const { values, positionals } = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true })
    const { url, json = false, help = false } = values
    return { modules: positionals, url, dataSource: values['data-source'], json, sql: !values['no-sql'], help }
  } catch (error) {
    return (error as Error).message
  }
}

async function checkModule(module: string, given: Given, io: Io): Promise<ExitCode> {
  const began = performance.now()
  let options: BootstrapOptions | undefined
  try {
    options = withUrl(await applicationOptions(await io.load(resolve(io.cwd, module)), module), given, io.env)
    const databases = given.sql ? chosenDatabases(options, given.dataSource) : new Set<string>()
    const found = await checkApplication({ ...options, logger: quiet }, { databases })
    return told(found, { ...given, module, ms: Math.round(performance.now() - began) }, io)
  } catch (error) {
    return refuse(
      io,
      withoutSecrets(
        `${module} could not be checked.\n${messageOf(error)}\n`,
        [given.url, io.env['DATABASE_URL']],
        options,
      ),
    )
  }
}

function told(found: ApplicationCheck, facts: Given & { module: string; ms: number }, io: Io): ExitCode {
  const isFine = found.problems.length === 0
  const { json, module, ms, sql } = facts
  if (json) io.out(`${JSON.stringify(asData(found, { module, ms }), undefined, 2)}\n`)
  else io.out(printedCheck(found, { module, ms, sql }))
  return isFine ? EXIT.fine : EXIT.problems
}

function asData({ repositories, problems }: ApplicationCheck, facts: { module: string; ms: number }): object {
  const listed = problems.map(({ code, message }) => ({ code, message }))
  return { ok: problems.length === 0, ...facts, repositories, problems: listed }
}

function refuse({ err }: Io, text: string): ExitCode {
  err(text.endsWith('\n') ? text : `${text}\n`)
  return EXIT.couldNotRun
}

/** A mistake of the module has its place in its stack. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return isAmbitError(error) || error instanceof ModuleProblem ? error.message : (error.stack ?? error.message)
}

const quiet = { info: ignore, warn: ignore, error: ignore }

function ignore(): void {
  // The answer is what the command prints.
}

const OPTIONS = {
  url: { type: 'string' },
  'data-source': { type: 'string' },
  'no-sql': { type: 'boolean' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

const USAGE = `Usage: ambit check <module> [options]

Checks what the start of an application would check, compares the tables with its entities, and has the
database prepare every statement of its repositories. Nothing is started, created, migrated or run.

<module> is JavaScript that exports the options of bootstrap(), or a function that answers them, as
'application' or by default. TypeScript works where a loader is registered: node --import tsx …

Options:
  --url <url>            the database to look at, in place of the one that the module names; without either,
                         the environment variable DATABASE_URL
  --data-source <name>   looks at the database of this data source alone, and --url is for it (default: looks at
                         all of them, and --url is for 'default')
  --no-sql               checks the declarations only, and connects nowhere
  --json                 prints the result as JSON
  -h, --help             this text

Exit code: 0 all is well, 1 there are problems, 2 the check could not run.
`
