/** Which classes the constructor of each class takes, by number: none that comes later. */
export type Graph = readonly (readonly number[])[]

/** A hundred objects below one, the last class: each takes two others, and each is taken once. */
export const TREE: Graph = Array.from({ length: 100 }, (_, number) => {
  const fromTop = 99 - number
  return [2 * fromTop + 1, 2 * fromTop + 2].filter(each => each < 100).map(each => 99 - each)
})

/** The class at the top of {@link TREE}. */
export const TOP = TREE.length - 1

const WIDTH = 50

/** Five hundred classes in ten layers, as an application has them: each takes three of the layer below. */
export const LAYERS: Graph = Array.from({ length: 500 }, (_, number) => {
  const [below, place] = [Math.floor(number / WIDTH) - 1, number % WIDTH]
  if (below < 0) return []
  return [place, (place + 7) % WIDTH, (place + 24) % WIDTH].map(each => below * WIDTH + each)
})

/** The classes of {@link LAYERS} that nobody takes. */
export const TOP_LAYER: readonly number[] = Array.from({ length: WIDTH }, (_, place) => LAYERS.length - WIDTH + place)

/** Whether no class is taken twice: each object then belongs to one other. */
export function isTree(graph: Graph): boolean {
  const taken = graph.flat()
  return new Set(taken).size === taken.length
}
