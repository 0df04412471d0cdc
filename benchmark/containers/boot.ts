import { load } from '../peers/packages'
import { libraryNamed } from './all'
import type { Boot } from './boot-answer'
import type { Declare } from './library'
import { TOP_LAYER } from './graphs'
import { wiringOf } from './wiring'

/** The program of a fresh process: loads a library, declares classes, starts a container of them; says what that took. */
async function boot(name: string, file: string): Promise<void> {
  const library = libraryNamed(name)
  const began = performance.now()
  const loaded = library.load(load)
  const imported = performance.now()
  const { declare } = load(file) as { readonly declare: Declare }
  const program = declare(() => loaded.decorator('singleton'))
  const declared = performance.now()
  const started = await loaded.start(program, { lifetime: 'singleton', top: TOP_LAYER })
  const ended = performance.now()
  const answer: Boot = {
    milliseconds: { import: imported - began, declare: declared - imported, start: ended - declared },
    wiring: wiringOf(program, number => started.getter(number)()),
  }
  await started.close()
  process.stdout.write(JSON.stringify(answer))
}

const [, , name = '', file = ''] = process.argv
void boot(name, file)
