import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'

const script = resolve(__dirname, '../../scripts/run-example.cjs')

describe('run-example', () => {
  it.each([
    [[], /^Usage: node scripts\/run-example\.cjs \[--built\] <.*> \[arguments\]\n$/],
    [['nope'], /^There is no example "nope"\. Usage: /],
    [['../src'], /^There is no example "\.\.\/src"\. Usage: /],
  ])('called with %j says which examples there are', (args, message) => {
    const { stderr, status } = spawnSync(process.execPath, [script, ...args], { encoding: 'utf8' })
    expect(stderr).toMatch(message)
    expect(status).toBe(2)
  })
})
