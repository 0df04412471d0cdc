import { CrudRepository, Repository } from 'ambit'
import {
  Column,
  Entity,
  ManyToOne,
  OneToMany,
  PrimaryColumn,
  PrimaryGeneratedColumn,
  Unique,
  VersionColumn,
} from 'typeorm'

@Entity('publisher')
export class Publisher {
  @PrimaryGeneratedColumn()
  id!: number

  @Column({ unique: true })
  name!: string

  @OneToMany(() => Volume, volume => volume.publisher, { cascade: true })
  volumes!: Volume[]
}

@Entity('volume')
export class Volume {
  @PrimaryGeneratedColumn('uuid')
  id!: string

  @Column()
  title!: string

  @Column({ type: 'varchar', nullable: true })
  note!: string | null

  @Column({ default: 1 })
  copies!: number

  @VersionColumn()
  version!: number

  @ManyToOne(() => Publisher, publisher => publisher.volumes, { nullable: true })
  publisher!: Publisher | null
}

/** A key of two columns. */
@Entity('loan')
@Unique('one_loan_per_day', ['volume', 'day'])
export class Loan {
  @PrimaryColumn()
  reader!: number

  @PrimaryColumn({ type: 'varchar' })
  volume!: string

  @Column({ type: 'varchar' })
  day!: string
}

export interface LoanId {
  readonly reader: number
  readonly volume: string
}

@Repository(Publisher)
export class PublisherRepository extends CrudRepository<Publisher> {}

@Repository(Volume)
export class VolumeRepository extends CrudRepository<Volume, string> {}

@Repository(Loan)
export class LoanRepository extends CrudRepository<Loan, LoanId> {}

export const LIBRARY = {
  entities: [Publisher, Volume, Loan],
  components: [PublisherRepository, VolumeRepository, LoanRepository],
}
