#!/usr/bin/env node
import { loadModule } from './load-module'
import { EXIT } from './io'
import { run } from './run'

/** A module may have opened what keeps the process alive: it ends when the answer has been written. */
function end(code: number): void {
  process.exitCode = code
  process.stdout.write('', () => process.stderr.write('', () => process.exit(code)))
}

run(process.argv.slice(2), {
  out: text => process.stdout.write(text),
  err: text => process.stderr.write(text),
  cwd: process.cwd(),
  env: process.env,
  load: loadModule,
}).then(end, (error: unknown) => {
  process.stderr.write(`${String(error)}\n`)
  end(EXIT.couldNotRun)
})
