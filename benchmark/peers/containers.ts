import { LIBRARIES } from '../containers/all'
import { inFreshProcess } from '../containers/fresh-process'
import { LAYERS, TOP, TREE } from '../containers/graphs'
import { byHand } from '../containers/by-hand'
import type { Declare, Library, Lifetime, Loaded, Started } from '../containers/library'
import { programFile } from '../containers/program'
import type { Variant } from '../rounds'
import { load } from './packages'
import type { OpenPeer, Peer } from './peer'

/** Those that make objects, without a database. */
export const CONTAINERS: readonly Peer[] = LIBRARIES.map(library => ({
  name: library.name,
  engine: 'none',
  role: library === byHand ? 'base' : 'member',
  packages: library.packages,
  open: ({ url }) => open(library, url),
}))

async function open(library: Library, folder: string): Promise<OpenPeer> {
  const loaded = library.load(load)
  const started = new Map<Lifetime, Started>()
  for (const lifetime of library.lifetimes)
    started.set(lifetime, await startTree(library, loaded, { lifetime, folder }))
  const get = (lifetime: Lifetime): readonly (() => unknown)[] => {
    const container = started.get(lifetime)
    return container === undefined ? [] : [container.getter(TOP)]
  }
  return {
    variants: {
      'container-transient': get('transient').map(each => repeated(library.name, each)),
      'container-singleton': get('singleton').map(each => repeated(KEEPERS[library.name] ?? library.name, each)),
      'container-boot': [booting(library, folder)],
    },
    close: async () => {
      for (const container of started.values()) await container.close()
    },
  }
}

/** As who keeps objects is called, where that is somebody else than who makes them. */
const KEEPERS: Readonly<Record<string, string>> = { [byHand.name]: 'a Map' }

interface Tree {
  readonly lifetime: Lifetime
  readonly folder: string
}

async function startTree({ name, style }: Library, loaded: Loaded, { lifetime, folder }: Tree): Promise<Started> {
  const file = programFile(folder, { name: `tree ${lifetime} ${name}`, graph: TREE, style })
  const { declare } = load(file) as { readonly declare: Declare }
  const program = declare(() => loaded.decorator(lifetime))
  return loaded.start(program, { lifetime, top: [TOP] })
}

/** Answers what two calls get, so that it can be seen whether that is the same. */
function repeated(name: string, atOnce: () => unknown): Variant {
  return { name, run: async () => [atOnce(), atOnce()], atOnce }
}

/** No container makes five hundred objects in less than `new` takes for them. */
function booting(library: Library, folder: string): Variant {
  const variant = { name: library.name, run: () => boot(library, folder) }
  return library === byHand ? { ...variant, floor: true } : variant
}

function boot({ name, style }: Library, folder: string): Promise<unknown> {
  return inFreshProcess(folder, name, programFile(folder, { name: `layers ${name}`, graph: LAYERS, style }))
}
