import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PackageRoom } from './package-room'

// A package of somebody else's that ships a plugin, in both module formats, installed beside the published form of Ambit.

const COMMON = `
const { Component, definePlugin, InjectionToken, provide } = require('ambit')
const PREFIX = new InjectionToken('metrics.prefix')
class Counters {
  constructor(prefix) { this.prefix = prefix; this.counts = new Map() }
  count(name) { this.counts.set(name, (this.counts.get(name) ?? 0) + 1) }
  flush() { return [...this.counts].map(([name, n]) => this.prefix + '.' + name + '=' + n).join() }
}
Counters.inject = [PREFIX]
Component()(Counters)
exports.Counters = Counters
exports.metrics = ({ prefix }) => definePlugin({
  name: 'metrics',
  components: [Counters],
  providers: [provide(PREFIX, { useValue: prefix })],
  onStart: app => app.get(Counters).count('started'),
  onClose: app => console.log('flushed ' + app.get(Counters).flush()),
})
`
const MODULE = COMMON.replace(
  "const { Component, definePlugin, InjectionToken, provide } = require('ambit')",
  "import { Component, definePlugin, InjectionToken, provide } from 'ambit'",
)
  .replace('exports.Counters = Counters', 'export { Counters }')
  .replace('exports.metrics =', 'export const metrics =')

const BODY = `
const main = async () => {
  const app = await bootstrap({ plugins: [metrics({ prefix: 'shop' })] })
  app.get(Counters).count('orders')
  app.get(Counters).count('orders')
  console.log(app.report().plugins.join())
  await app.close()
}
main()
`
const PROGRAMS = {
  commonjs: `const { bootstrap } = require('ambit')\nconst { Counters, metrics } = require('ambit-metrics')\n${BODY}`,
  module: `import { bootstrap } from 'ambit'\nimport { Counters, metrics } from 'ambit-metrics'\n${BODY}`,
}

describe('a package that ships a plugin', () => {
  let room: PackageRoom
  beforeAll(() => {
    room = new PackageRoom()
  })
  afterAll(() => {
    room.remove()
  })

  it.each(
    (['commonjs', 'module'] as const).flatMap(program =>
      (['commonjs', 'module'] as const).map(plugin => [program, plugin] as const),
    ),
  )('works in a %s program where it is written as %s', async (program, plugin) => {
    const folder = room.folderFor(`plugin-${program}-${plugin}`, program)
    const home = join(folder, 'node_modules/ambit-metrics')
    mkdirSync(home, { recursive: true })
    writeFileSync(
      join(home, 'package.json'),
      JSON.stringify({ name: 'ambit-metrics', type: plugin, main: './index.js' }),
    )
    writeFileSync(join(home, 'index.js'), plugin === 'commonjs' ? COMMON : MODULE)
    writeFileSync(join(folder, 'main.js'), PROGRAMS[program])
    expect(await room.node(folder, ['main.js'])).toMatchObject({
      status: 0,
      output: 'metrics\nflushed shop.started=1,shop.orders=2\n',
    })
  })
})
