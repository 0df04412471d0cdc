import type { DataSource } from 'typeorm'
import { AdoptedDataSource } from '../adopt'

/** What a driver makes of a value before it sends it: null, text, or bytes. */
export type BoundForm = (value: unknown) => null | string | Uint8Array

/** How the driver of a data source writes values; `undefined` where that is not known. */
export function boundFormOf(dataSource: DataSource): BoundForm | undefined {
  return AdoptedDataSource.adoptionOf(dataSource)?.engine.boundForm
}
