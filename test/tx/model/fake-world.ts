import type { TestApp } from '../harness'
import type { ModelWorld } from './run-tree'

/** Trees on the fake resource. */
export function fakeWorld(app: TestApp): ModelWorld {
  return {
    insert: (row, dataSource) => app.sql(`insert ${row}`, dataSource),
    select: dataSource => app.sql('select', dataSource),
    refused: (row, dataSource) => {
      app.fake(dataSource).failNext(`refuse ${row}`)
      return app.sql(`refuse ${row}`, dataSource)
    },
    implicit: (label, fn, options) => app.implicit(label, fn, options),
    rows: dataSource => Promise.resolve(app.fake(dataSource).rows()),
    commands: dataSource => app.fake(dataSource).commands().map(wordOf),
    reports: app.reports,
  }
}

function wordOf(command: string): string {
  return command.startsWith('ROLLBACK TO') ? 'ROLLBACK TO' : (command.split(' ')[0] ?? '').toUpperCase()
}
