#!/usr/bin/env node
import { writeSync } from 'node:fs'
import { loadModule } from './load-module'
import { EXIT } from './io'
import { run } from './run'

/** A module may have opened what keeps the process alive: it ends when the answer has been written. */
function end(code: number): void {
  process.off('exit', withoutAnswer)
  process.exitCode = code
  process.stdout.write('', () => process.stderr.write('', () => process.exit(code)))
}

/**
 * A module that ends the process, or waits for what never comes, is no success: a pipeline would take it for one. Written at
 * once, since nothing that waits is done any more.
 */
function withoutAnswer(): void {
  process.exitCode = EXIT.couldNotRun
  writeSync(process.stderr.fd, NO_ANSWER)
}

const NO_ANSWER =
  'ambit: the process ended before there was an answer: the module ends it, or waits for what never comes.\n'

process.on('exit', withoutAnswer)
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
