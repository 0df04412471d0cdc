import type { DataSource } from 'typeorm'
import { AdoptedDataSource } from '../adopt'

/**
 * Runs `undo` as soon as the rows that the running code writes are rolled back, by their transaction or a savepoint in it;
 * never where no transaction is active. It sends no SQL, and must not throw.
 */
export function onUndo(dataSource: DataSource, undo: () => void): void {
  AdoptedDataSource.adoptionOf(dataSource)?.manager.current?.onUndo(undo)
}
