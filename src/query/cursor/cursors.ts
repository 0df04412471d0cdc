import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { CursorKeyError, InvalidCursorError } from '../errors'
import { type CursorCell, readCells, writeCells } from './cursor-cells'
import { type CursorKey, cursorKey, KEY_ID_BYTES, randomCursorKey } from './cursor-keys'

/** What a cursor is good for: a digest of the query, its arguments, its order and whoever it was made for. */
export interface CursorUse {
  readonly digest: Buffer
  /** For errors. */
  readonly label: string
}

export interface CursorOptions {
  /** Texts of at least 32 bytes: the first seals, all open. Without any, a random key of this process. */
  readonly keys?: readonly string[] | undefined
  /** Whom cursors are made for, beside the arguments: a tenant. Asked with every window. */
  readonly scope?: (() => string | undefined) | undefined
  /** Is told, once, that cursors will end with the process. */
  readonly onRandomKey?: () => void
}

/**
 * Makes cursors and reads them: sealed by AES-256-GCM, so nobody reads a value in one, and none that was changed, or made
 * for something else, is taken.
 */
export class Cursors {
  readonly #keys: readonly [CursorKey, ...CursorKey[]]
  readonly #scope: () => string | undefined
  #onRandomKey: (() => void) | undefined

  constructor({ keys = [], scope = () => undefined, onRandomKey }: CursorOptions = {}) {
    const [first, ...others] = keys.map(cursorKey)
    this.#keys = first === undefined ? [randomCursorKey()] : [first, ...others]
    this.#scope = scope
    this.#onRandomKey = first === undefined ? onRandomKey : undefined
  }

  /** Whom cursors are made for at this moment. */
  get scope(): string | undefined {
    return this.#scope()
  }

  /** @throws CursorKeyError `AMBIT_QUERY_CURSOR_KEY` */
  seal(cells: readonly unknown[], { digest, label }: CursorUse): string {
    this.#onRandomKey?.()
    this.#onRandomKey = undefined
    const text = writeCells(cells, label)
    const [{ id, secret }] = this.#keys
    const head = Buffer.concat([VERSION, id])
    const nonce = randomBytes(NONCE_BYTES)
    const cipher = createCipheriv(CIPHER, secret, nonce).setAAD(Buffer.concat([head, digest]))
    const sealed = Buffer.concat([head, nonce, cipher.update(padded(text)), cipher.final(), cipher.getAuthTag()])
    const cursor = sealed.toString('base64url')
    if (cursor.length > MOST_CHARACTERS) throw tooLong(label)
    return cursor
  }

  /**
   * The sort keys in a cursor. Why it is not taken is nobody's business: there is one error for all.
   *
   * @throws InvalidCursorError `AMBIT_QUERY_INVALID_CURSOR`
   */
  open(cursor: string, { digest, label }: CursorUse, count: number): readonly CursorCell[] {
    if (cursor.length > MOST_CHARACTERS || !BASE64URL.test(cursor)) throw new InvalidCursorError(label)
    const sealed = Buffer.from(cursor, 'base64url')
    const key = this.#keys.find(({ id }) => sealed.subarray(0, HEAD_BYTES).equals(Buffer.concat([VERSION, id])))
    if (key === undefined || sealed.length < LEAST_BYTES) throw new InvalidCursorError(label)
    try {
      return readCells(opened(sealed, key, digest), count)
    } catch {
      throw new InvalidCursorError(label)
    }
  }
}

function opened(sealed: Buffer, { secret }: CursorKey, digest: Buffer): string {
  const nonce = sealed.subarray(HEAD_BYTES, HEAD_BYTES + NONCE_BYTES)
  const decipher = createDecipheriv(CIPHER, secret, nonce, { authTagLength: TAG_BYTES })
    .setAAD(Buffer.concat([sealed.subarray(0, HEAD_BYTES), digest]))
    .setAuthTag(sealed.subarray(-TAG_BYTES))
  const text = decipher.update(sealed.subarray(HEAD_BYTES + NONCE_BYTES, -TAG_BYTES))
  return Buffer.concat([text, decipher.final()]).toString()
}

/** Blanks behind JSON mean nothing; the length of a cursor then tells little about the length of a value. */
function padded(text: string): Buffer {
  const bytes = Buffer.from(text)
  return Buffer.concat([bytes, Buffer.alloc(BLOCK_BYTES - (bytes.length % BLOCK_BYTES), ' ')])
}

function tooLong(label: string): CursorKeyError {
  return new CursorKeyError('The sort keys of a row are too long for a cursor.', label)
}

const CIPHER = 'aes-256-gcm'
const VERSION = Buffer.from([1])
const HEAD_BYTES = VERSION.length + KEY_ID_BYTES
const NONCE_BYTES = 12
const TAG_BYTES = 16
const BLOCK_BYTES = 32
const LEAST_BYTES = HEAD_BYTES + NONCE_BYTES + BLOCK_BYTES + TAG_BYTES
/** As much as common servers take in a URL. */
const MOST_CHARACTERS = 8_192
const BASE64URL = /^[\w-]+$/
