import { cpus } from 'node:os'
import { missingPackages, PEERS } from './peers/all'
import { copyOf } from './peers/packages'

/** What was measured, and on what: without it the numbers mean little. */
export function surroundings(): readonly string[] {
  const [cpu] = cpus()
  return [
    `Node ${process.versions.node} on ${process.platform}, ${cpus().length} x ${cpu?.model.trim() ?? 'an unknown processor'}`,
    `Drivers: ${DRIVERS.map(named).join(', ')}`,
    typeormOf(),
    ...PEERS.filter(({ packages }) => packages.length > 0).map(peer => {
      const missing = missingPackages(peer)
      if (missing.length === 0) return `${peer.name}: ${peer.packages.map(named).join(', ')}`
      return `${peer.name}: not measured, ${missing.join(', ')} not installed (\`npm run bench:install\`)`
    }),
  ]
}

const DRIVERS = ['pg', 'better-sqlite3']

/** Libraries that bring a TypeORM of their own would be compared by that, and not by what they do. */
function typeormOf(): string {
  const ours = copyOf('typeorm')
  const others = USERS_OF_TYPEORM.filter(({ needs }) => missingPackages(needs).length === 0)
  const strangers = others
    .map(({ name }) => ({ name, copy: copyOf('typeorm', name) }))
    .filter(({ copy }) => copy.file !== ours.file)
    .map(({ name, copy }) => `${name} has its own ${copy.version}`)
  const shared = strangers.length > 0 ? strangers.join(', ') : 'the very same files for all'
  return `TypeORM ${ours.version}, ${shared}`
}

const USERS_OF_TYPEORM = ['typeorm-transactional', '@nestjs-cls/transactional-adapter-typeorm'].map(name => ({
  name,
  needs: { packages: [name] },
}))

function named(name: string): string {
  return `${name} ${copyOf(name).version}`
}
