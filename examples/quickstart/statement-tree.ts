import type { ExecutionEvent, ExecutionListener } from 'ambit'

type Of<K extends ExecutionEvent['kind']> = Extract<ExecutionEvent, { readonly kind: K }>

/** Prints what happens as it happens: boundaries as branches, statements and transaction control as leaves. */
export class StatementTree implements ExecutionListener {
  readonly #depths = new Map<number, number>()

  onEvent(event: ExecutionEvent): void {
    if (event.kind === 'boundary') this.#open(event)
    if (event.kind === 'control') this.#leaf(event.boundary, `● ${event.command}`)
    if (event.kind === 'statement-end')
      this.#leaf(event.boundary, `${event.error ? '✗' : '·'} ${shortened(event.text)}`)
    if (event.kind === 'boundary-end') this.#close(event)
  }

  #open({ boundary, parent, label, decision }: Of<'boundary'>): void {
    const depth = parent === undefined ? 0 : this.#depthOf(parent) + 1
    this.#depths.set(boundary, depth)
    print(depth, `┌ ${label}  [${DECISIONS[decision]}]`)
  }

  #leaf(boundary: number, text: string): void {
    print(this.#depthOf(boundary) + 1, text)
  }

  /** A branch that went well ends silently, except at the trunk. */
  #close({ boundary, error, durationMs }: Of<'boundary-end'>): void {
    const depth = this.#depthOf(boundary)
    this.#depths.delete(boundary)
    if (error === undefined && depth > 0) return
    print(depth, `└ ${error === undefined ? '✓' : `✗ ${firstLine(error)}`}  ${durationMs.toFixed(1)} ms`)
  }

  #depthOf(boundary: number): number {
    return this.#depths.get(boundary) ?? 0
  }
}

function print(depth: number, text: string): void {
  console.log(`  ${'│  '.repeat(depth)}${text}`)
}

function firstLine(error: unknown): string {
  return error instanceof Error ? (error.message.split('\n', 1)[0] ?? '') : String(error)
}

function shortened(sql: string): string {
  const text = sql.replace(/\s+/g, ' ').replace(/^SELECT .+? FROM/, 'SELECT … FROM')
  return text.length > 100 ? `${text.slice(0, 99)}…` : text
}

const DECISIONS = {
  began: 'begins a transaction',
  joined: 'joins it',
  savepoint: 'a savepoint inside it',
  'no-transaction': 'no transaction',
  refused: 'refused',
} as const
