import { DeleteDateColumn, Entity, type MigrationInterface, PrimaryColumn, type QueryRunner } from 'typeorm'
import { ViewColumn, ViewEntity } from 'typeorm'

/** Rows that are hidden, not deleted. */
@Entity('tag')
export class Tag {
  @PrimaryColumn({ type: 'varchar' })
  k!: string

  @DeleteDateColumn()
  gone!: Date | null
}

@ViewEntity({ name: 'note_view', expression: 'SELECT k, n FROM note' })
export class NoteView {
  @ViewColumn()
  k!: string

  @ViewColumn()
  n!: number
}

export class FillNotes1700000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query("INSERT INTO note (k) VALUES ('migrated')")
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query("DELETE FROM note WHERE k = 'migrated'")
  }
}
