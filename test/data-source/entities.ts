import {
  BaseEntity,
  Column,
  Entity,
  ManyToOne,
  OneToMany,
  PrimaryColumn,
  PrimaryGeneratedColumn,
  Repository,
  Tree,
  TreeChildren,
  TreeParent,
  VersionColumn,
} from 'typeorm'

/** The row of most scenarios: one word. */
@Entity('note')
export class Note {
  @PrimaryColumn()
  k!: string

  @Column({ default: 0 })
  n!: number

  @Column({ type: 'text', nullable: true })
  secret!: string | null
}

@Entity('author')
export class Author {
  @PrimaryGeneratedColumn()
  id!: number

  @Column({ unique: true })
  name!: string

  @OneToMany(() => Book, book => book.author, { cascade: true })
  books!: Promise<Book[]>
}

@Entity('book')
export class Book {
  @PrimaryGeneratedColumn()
  id!: number

  @Column()
  title!: string

  @VersionColumn()
  version!: number

  @ManyToOne(() => Author, author => author.books, { nullable: false })
  author!: Promise<Author>
}

/** Relations that are loaded by joins or by statements of their own, with cascades. */
@Entity('team')
export class Team {
  @PrimaryGeneratedColumn()
  id!: number

  @Column()
  name!: string

  @OneToMany(() => Player, player => player.team, { cascade: true })
  players!: Player[]
}

@Entity('player')
export class Player {
  @PrimaryGeneratedColumn()
  id!: number

  @Column()
  name!: string

  @ManyToOne(() => Team, team => team.players, { orphanedRowAction: 'delete' })
  team!: Team
}

@Entity('category')
@Tree('closure-table')
export class Category {
  @PrimaryGeneratedColumn()
  id!: number

  @Column()
  name!: string

  @TreeChildren({ cascade: true })
  children!: Category[]

  @TreeParent()
  parent!: Category | null
}

/** Active Record. */
@Entity('memo')
export class Memo extends BaseEntity {
  @PrimaryGeneratedColumn()
  id!: number

  @Column()
  text!: string
}

/** A repository written as a class, with state of its own. */
export class NoteShelf extends Repository<Note> {
  #added = 0

  get added(): number {
    return this.#added
  }

  async add(k: string): Promise<Note> {
    this.#added += 1
    return this.save({ k, n: this.#added })
  }
}

export const ENTITIES = [Note, Author, Book, Team, Player, Category, Memo] as const

/** The tables of {@link ENTITIES}. */
export const TABLES = ['note', 'book', 'author', 'player', 'team', 'category', 'category_closure', 'memo'] as const
