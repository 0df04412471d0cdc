import { CrudRepository, PageRequest, Query, Repository, type Slice } from 'ambit'
import { Column, Entity, JoinColumn, ManyToOne, OneToMany, PrimaryColumn, PrimaryGeneratedColumn } from 'typeorm'

@Entity('queue')
export class Queue {
  @PrimaryGeneratedColumn()
  id!: number

  @Column()
  name!: string

  @OneToMany(() => Job, job => job.queue)
  jobs!: Job[]
}

@Entity('job')
export class Job {
  @PrimaryGeneratedColumn()
  id!: number

  @Column()
  state!: string

  @Column({ type: 'varchar', nullable: true })
  worker!: string | null

  @ManyToOne(() => Queue, queue => queue.jobs, { nullable: true })
  queue!: Queue | null
}

/** Comes with its job. */
@Entity('note')
export class Note {
  @PrimaryGeneratedColumn()
  id!: number

  @Column()
  text!: string

  @ManyToOne(() => Job, { nullable: true, eager: true })
  job!: Job | null
}

/** Its key is a relation. */
@Entity('badge')
export class Badge {
  @PrimaryColumn()
  jobId!: number

  @Column()
  color!: string

  @ManyToOne(() => Job)
  @JoinColumn({ name: 'jobId' })
  job!: Job
}

@Repository(Job)
export class JobRepository extends CrudRepository<Job> {
  @Query({ lock: 'update', onLocked: 'wait' })
  declare findByStateOrderByIdAsc: (state: string) => Promise<Job[]>

  @Query({ where: 'id = :id', result: 'one', lock: 'update' })
  declare byId: (id: number) => Promise<Job | null>

  @Query({ where: "queue.name = 'mail' or queue.name is null order by id", lock: 'update' })
  declare mailOrNone: () => Promise<Job[]>

  @Query({ where: 'state = :state order by id', result: 'slice', lock: 'share' })
  declare sliceOf: (state: string, page: PageRequest) => Promise<Slice<Job>>

  /** In its own transaction: it reads, decides and writes. */
  async claim(id: number, worker: string): Promise<Job> {
    const job = await this.getById(id, { lock: 'update' })
    job.worker = worker
    return this.save(job)
  }
}

@Repository(Note)
export class NoteRepository extends CrudRepository<Note> {}

@Repository(Badge)
export class BadgeRepository extends CrudRepository<Badge> {}

@Repository(Queue)
export class QueueRepository extends CrudRepository<Queue> {}

export const JOBS = {
  entities: [Queue, Job, Note, Badge],
  components: [QueueRepository, JobRepository, NoteRepository, BadgeRepository],
}
