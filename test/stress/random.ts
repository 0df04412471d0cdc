/** A small seeded generator (mulberry32): the choices of a load repeat, though its interleaving does not. */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed
  }

  /** From 0 up to, and without, `bound`. */
  below(bound: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * bound)
  }

  oneOf<T>(choices: readonly [T, ...T[]]): T {
    return choices[this.below(choices.length)] ?? choices[0]
  }
}

/** The seed of a load: `AMBIT_STRESS_SEED`, else a new one each time. */
export function stressSeed(): number {
  const { AMBIT_STRESS_SEED: asked } = process.env
  return asked === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(asked)
}
