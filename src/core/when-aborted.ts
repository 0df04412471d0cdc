/**
 * Calls back when a signal is aborted; the answer takes that back. Any number may wait for one signal: it has a single listener,
 * because Node takes more than ten for a leak and says so.
 */
export function whenAborted(signal: AbortSignal, call: () => void): () => void {
  const waiting = waitingFor.get(signal) ?? new Waiting(signal)
  waitingFor.set(signal, waiting)
  return waiting.add(call)
}

class Waiting {
  readonly #signal: AbortSignal
  readonly #calls = new Set<{ readonly call: () => void }>()

  constructor(signal: AbortSignal) {
    this.#signal = signal
  }

  add(call: () => void): () => void {
    const entry = { call }
    if (this.#calls.size === 0) this.#signal.addEventListener('abort', this.#onAbort)
    this.#calls.add(entry)
    return () => {
      if (this.#calls.delete(entry) && this.#calls.size === 0) this.#signal.removeEventListener('abort', this.#onAbort)
    }
  }

  readonly #onAbort = (): void => {
    for (const { call } of this.#calls) call()
  }
}

const waitingFor = new WeakMap<AbortSignal, Waiting>()
