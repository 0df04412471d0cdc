import { createHash, hkdfSync, randomBytes } from 'node:crypto'

/** A key that seals cursors, and the name by which a cursor says that it did. */
export interface CursorKey {
  readonly id: Buffer
  readonly secret: Buffer
}

/** As long as a key of AES-256, in bytes. */
export const LEAST_KEY_BYTES = 32

/** How many bytes of a cursor name its key. */
export const KEY_ID_BYTES = 4

/** The key that a text stands for: base64 of random bytes, or any other text that nobody can guess. */
export function cursorKey(text: string): CursorKey {
  return keyOf(Buffer.from(text))
}

/** A key that nobody knows, and that ends with the process. */
export function randomCursorKey(): CursorKey {
  return keyOf(randomBytes(LEAST_KEY_BYTES))
}

function keyOf(material: Buffer): CursorKey {
  const derived = (purpose: string): Buffer => Buffer.from(hkdfSync('sha256', material, '', purpose, LEAST_KEY_BYTES))
  // A digest of another derivation: the name says nothing about the secret.
  const id = createHash('sha256').update(derived('ambit cursor key id')).digest().subarray(0, KEY_ID_BYTES)
  return Object.freeze({ id, secret: derived('ambit cursor key') })
}
