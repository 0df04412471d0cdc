import { type Class, inheritedMetadata, MetadataKey, setMetadata } from '../core/metadata'

const SKIPPED = new MetadataKey<readonly string[]>('methods without a boundary')

/** Notes what the `@Transactional` of a class left as it is, because nothing proves it asynchronous. */
export function noteSkipped(target: Class, members: readonly string[]): void {
  setMetadata(target, SKIPPED, Object.freeze([...members]))
}

/** The public methods of a class that its `@Transactional` left without a transaction; for reports. */
export function skippedMethods(target: Class): readonly string[] {
  return inheritedMetadata(target, SKIPPED) ?? []
}
