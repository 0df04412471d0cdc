/** A class of a {@link Program}: what its constructor takes, only its library knows. */
export type Class = new (...needs: never[]) => object

/** `singleton`: one object for all; `transient`: another one for each who asks. */
export type Lifetime = 'singleton' | 'transient'

/**
 * How the classes of a program are written. `plain`: nothing but classes; `decorated`: with a decorator and emitted types;
 * `destructured`: what the constructor needs are properties of its only argument.
 */
export type Style = 'plain' | 'decorated' | 'destructured'

/** Classes, as a program declares them: those that others take first. */
export interface Program {
  readonly classes: readonly Class[]
  /** Of plain classes: makes each object once, by hand, in the order of the classes. */
  readonly build?: () => readonly object[]
  /** Of plain classes that are a tree: makes the object at the top with all below, by hand, in one expression. */
  readonly tree?: () => object
}

/** Declares the classes anew, with the decorator if the style has one. */
export type Declare = (decorator: () => (target: Class) => void) => Program

/** A library that makes objects, or nobody. */
export interface Library {
  /** As its lines are called. */
  readonly name: string
  /** The packages of `benchmark/package.json` that it needs. */
  readonly packages: readonly string[]
  readonly style: Style
  /** What it can make, each at once: what only answers a promise cannot be compared. */
  readonly lifetimes: readonly Lifetime[]
  /** Loads it: nothing of it may have been loaded before. */
  load(load: (name: string) => unknown): Loaded
}

export interface Loaded {
  decorator(lifetime: Lifetime): (target: Class) => void
  /** Makes a container of the classes; all singletons are there when it answers. */
  start(program: Program, request: Request): Promise<Started>
}

export interface Request {
  readonly lifetime: Lifetime
  /** The classes that nobody takes: who has these has all. */
  readonly top: readonly number[]
}

export interface Started {
  /** What gets the object of a class, as somebody who holds the container would. */
  getter(number: number): () => unknown
  close(): Promise<void>
}

/** A decorator that does nothing, for classes that bear none. */
export const undecorated: (target: Class) => void = () => undefined

export function classAt({ classes }: Program, number: number): Class {
  const found = classes[number]
  if (found === undefined) throw new RangeError(`there is no class ${number}`)
  return found
}
