import { CrudRepository, Repository, Service, Transactional } from 'ambit'
import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm'

@Entity('ambit_quickstart_audit_lines')
export class AuditLine {
  @PrimaryGeneratedColumn()
  id!: number

  @Column({ unique: true })
  text!: string
}

@Repository(AuditLine)
export class AuditLineRepository extends CrudRepository<AuditLine> {}

@Service()
export class AuditLog {
  constructor(private readonly lines: AuditLineRepository) {}

  /** Auditing must not stop the business: a savepoint undoes a failed line, and only the line. */
  async tryToRecord(text: string): Promise<boolean> {
    try {
      await this.record(text)
      return true
    } catch {
      return false
    }
  }

  @Transactional({ propagation: 'NESTED' })
  async record(text: string): Promise<void> {
    await this.lines.insert({ text })
  }
}
