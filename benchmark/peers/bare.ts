import type { OpenPeer, Peer } from './peer'

/** A method without any library around it. */
class Bare {
  async join(value: number): Promise<number> {
    return value
  }
}

/** What joining is measured against. */
export const bare: Peer = {
  name: 'bare',
  engine: 'postgres',
  role: 'base',
  packages: [],
  async open(): Promise<OpenPeer> {
    const service = new Bare()
    return {
      variants: { join: [{ name: 'a bare async call', run: () => service.join(1) }] },
      within: work => work(),
      close: async () => undefined,
    }
  },
}
