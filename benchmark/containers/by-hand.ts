import { classAt, type Library, type Program, type Started, undecorated } from './library'

/** Nothing but `new`, written as somebody without a container would: what others are compared with. */
export const byHand: Library = {
  name: 'plain new',
  packages: [],
  style: 'plain',
  lifetimes: ['singleton', 'transient'],
  load: () => ({
    decorator: () => undecorated,
    start: async (program, { lifetime }) => (lifetime === 'singleton' ? singletons(program) : transients(program)),
  }),
}

function singletons(program: Program): Started {
  const objects = program.build?.() ?? []
  return {
    getter(number) {
      const known = new Map(program.classes.map((target, index) => [target, objects[index]]))
      const target = classAt(program, number)
      return () => known.get(target)
    },
    close: async () => undefined,
  }
}

/** Of a tree, whose top is the last class: there is nothing below it that somebody else would ask for. */
function transients({ classes, tree }: Program): Started {
  return {
    getter(number) {
      if (tree === undefined || number !== classes.length - 1) throw new Error('only the top of a tree is made by hand')
      return tree
    },
    close: async () => undefined,
  }
}
