import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { didYouMean } from '../core/near-misses'
import { check } from './commands/check'
import { type Command, EXIT, type ExitCode, type Io } from './io'

/** The program `ambit`, without the process around it. */
export async function run(args: readonly string[], io: Io): Promise<ExitCode> {
  const [name, ...rest] = args
  if (name === undefined || name === '--help' || name === '-h') return help(io, name === undefined)
  if (name === '--version' || name === '-v') return version(io)
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  if (command) return command.run(rest, io)
  io.err(`ambit has no command '${name}'. ${didYouMean(name, Object.keys(COMMANDS))}\n\n${usage()}`)
  return EXIT.couldNotRun
}

function help({ out, err }: Io, isMistake: boolean): ExitCode {
  if (isMistake) err(usage())
  else out(usage())
  return isMistake ? EXIT.couldNotRun : EXIT.fine
}

function version({ out }: Io): ExitCode {
  // From the build and from the sources alike, the package is two folders up.
  const manifest = JSON.parse(readFileSync(join(__dirname, '../../package.json'), 'utf8')) as { version: string }
  out(`${manifest.version}\n`)
  return EXIT.fine
}

function usage(): string {
  const commands = Object.entries(COMMANDS).map(([name, { summary }]) => `  ${name.padEnd(8)}${summary}`)
  return `Usage: ambit <command> [options]

Commands:
${commands.join('\n')}

Options:
  -h, --help     this text; ambit <command> --help tells of a command
  -v, --version  the version of the package
`
}

const COMMANDS: Readonly<Record<string, Command>> = { check }
