import layers from './layers.json'

/** Who may import whom in `src`, as data: `layers.json`, which the lint configuration reads too. */
export interface LayerTable {
  /** The folders directly below `src`. An area imports only areas listed with it, and those have a lower level. */
  readonly areas: Readonly<Record<string, { readonly level: number; readonly imports: readonly string[] }>>
  /** Folders inside an area with a narrower rule. */
  readonly parts: Readonly<Record<string, readonly string[]>>
  /** The only places that may import a package: folders end in a slash. */
  readonly packages: Readonly<Record<string, { readonly homes: readonly string[]; readonly because: string }>>
  /** What loading an entry point must not load. */
  readonly reach: Readonly<Record<string, { readonly never: readonly string[]; readonly because: string }>>
}

export const layerTable: LayerTable = layers
