import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { PackageRoom } from './package-room'
import { SELECTION } from './selection-report'

// The compilers' program about selection, under the compiler of Vitest, which emits no types of constructor parameters.

const vitest = join(dirname(require.resolve('vitest/package.json')), 'vitest.mjs')

const room = new PackageRoom()
afterAll(() => room.remove())

const TEST = `
import 'reflect-metadata'
import { expect, test } from 'vitest'
import { selection } from './selection'
test('selects', async () => expect(await selection()).toEqual(${JSON.stringify(SELECTION)}))
`

it('PI-09 PI-W2 Vitest injects qualified, named and conditional components, lists and maps, by `static inject` alone', async () => {
  const folder = room.folderFor('vitest', 'module')
  writeFileSync(
    join(folder, 'tsconfig.json'),
    '{ "compilerOptions": { "experimentalDecorators": true, "target": "ES2022" } }',
  )
  writeFileSync(join(folder, 'selection.ts'), readFileSync(join(__dirname, 'app/selection.ts')))
  writeFileSync(join(folder, 'selection.test.ts'), TEST)
  const { status, output, errors } = await room.node(folder, [vitest, 'run', '--no-color'])
  expect({ status, errors }).toEqual({ status: 0, errors: '' })
  expect(output).toMatch(/Tests +1 passed/)
})
