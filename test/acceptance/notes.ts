import { CrudRepository, entityManager, Repository, Service, Transactional } from 'ambit'
import { Entity, PrimaryColumn } from 'typeorm'
import type { EngineDatabase } from '../support/engines'

/** One row is one word: what was stored is read off at a glance. */
@Entity('note')
export class Note {
  @PrimaryColumn({ type: 'varchar' })
  k!: string
}

@Repository(Note)
export class NoteRepository extends CrudRepository<Note, string> {}

/** `in.required(body)` runs a body in a boundary of that mode. */
@Service()
export class Boundaries {
  @Transactional()
  async required<T>(body: () => Promise<T>): Promise<T> {
    return body()
  }

  @Transactional({ propagation: 'REQUIRES_NEW' })
  async requiresNew<T>(body: () => Promise<T>): Promise<T> {
    return body()
  }

  @Transactional({ propagation: 'NESTED' })
  async nested<T>(body: () => Promise<T>): Promise<T> {
    return body()
  }

  @Transactional({ propagation: 'SUPPORTS' })
  async supports<T>(body: () => Promise<T>): Promise<T> {
    return body()
  }

  @Transactional({ propagation: 'MANDATORY' })
  async mandatory<T>(body: () => Promise<T>): Promise<T> {
    return body()
  }

  @Transactional({ propagation: 'NOT_SUPPORTED' })
  async notSupported<T>(body: () => Promise<T>): Promise<T> {
    return body()
  }

  @Transactional({ propagation: 'NEVER' })
  async never<T>(body: () => Promise<T>): Promise<T> {
    return body()
  }

  @Transactional({ readOnly: true })
  async reading<T>(body: () => Promise<T>): Promise<T> {
    return body()
  }
}

export const NOTES = { entities: [Note], components: [NoteRepository, Boundaries] }

/** The committed rows, seen by a stranger. */
export async function committed(db: EngineDatabase): Promise<string[]> {
  const rows = await db.query<{ k: string }>('SELECT k FROM note ORDER BY k')
  return rows.map(({ k }) => k)
}

/** Stores a row by whatever handle the running scope has. */
export async function write(k: string): Promise<void> {
  await entityManager().insert(Note, { k })
}

/** The rows that the running scope sees. */
export async function seen(): Promise<string[]> {
  const rows = await entityManager().find(Note, { order: { k: 'ASC' } })
  return rows.map(({ k }) => k)
}

/** An application's own error, told from all others by identity. */
export class Failure extends Error {}
