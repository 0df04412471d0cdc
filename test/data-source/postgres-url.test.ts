import { problemOfPostgresUrl } from '../../src/data-source/postgres-url'

// What is refused, and how it reads, is in test/bad-input; here is what must pass, and what no advice may repeat.

describe('a URL of PostgreSQL', () => {
  it.each([
    'postgres://localhost/shop',
    'postgresql://alice@db.example.org:5433/shop',
    'POSTGRES://alice:secret@localhost/shop',
    'postgres://alice:p%40ss%2F%23%3F%25@localhost/shop',
    'postgres://alice:p@ss@localhost/shop',
    'postgres://[::1]:5432/shop',
    'postgres://localhost',
    'postgres://localhost/with%20space%40',
    'postgres://localhost/shop?sslmode=require&application_name=a%40b&options=-c%20search_path%3Dx',
    'postgres:///shop?host=/var/run/postgresql',
  ])('%s is none of our business', url => {
    expect(problemOfPostgresUrl(url)).toBeUndefined()
  })

  it.each([
    'postgres://alice:qqq/zzz@localhost/shop',
    'postgres://alice:1/zzz@localhost/shop',
    'postgres://alice:1?zzz@localhost/shop',
    'postgres://alice:1#zzz@localhost/shop',
    'postgres://alice:zzz%@localhost/shop',
    'postgres://alice:zzz@/shop',
    'postgres://alice:zzz@localhost:zzz/shop',
    'postgres:zzz',
  ])('%s is refused, and nothing of it is repeated', url => {
    expect(Object.values(problemOfPostgresUrl(url) ?? { problem: 'zzz' }).join(' ')).not.toContain('zzz')
  })
})
