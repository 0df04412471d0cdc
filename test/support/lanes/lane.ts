import type { SqliteLibrary } from '../sqlite/sqlite-library'

/** The versions of its peers that a jest project runs with. Tests import `#lane`, which each project maps to its own. */
export interface Lane {
  readonly name: LaneName
  /** The major and minor version of TypeORM. */
  readonly typeorm: string
  /** The one SQLite library of the lane: a second one on the same file, in one process, would drop the first one's locks. */
  readonly sqlite: SqliteLibrary
}

export type LaneName = 'main' | 'typeorm-0.3'
