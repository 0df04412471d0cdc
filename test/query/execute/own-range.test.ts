import { hasOwnRange } from '../../../src/query/execute/own-range'

describe('whether a statement limits its rows itself', () => {
  it.each([
    'select * from t limit 3',
    'SELECT * FROM t LIMIT :n',
    'select * from t order by id offset 3',
    'select * from t order by (id) offset 3 rows fetch next 2 rows only',
    'select * from t fetch first row only',
    'select * from (select 1) x limit 3 -- the end',
    'select * from t limit all',
    "select * from t where a = ')' limit 3",
  ])('it does: %s', sql => {
    expect(hasOwnRange(sql)).toBe(true)
  })

  it.each([
    'select * from t',
    'select * from (select * from t limit 3) x',
    'with x as (select 1 limit 1) select * from x',
    'select * from t where a in (select b from u order by b limit 1)',
    "select 'limit 3' from t",
    'select "limit" from t',
    'select a -- limit 3\nfrom t',
    'select a /* limit 3 */ from t',
    'select t.offset, t.limit from t',
    'select a as offset from t order by offset',
    'select offset from t',
    'select a, offset from t',
    'select $$ limit 3 $$',
  ])('it does not: %s', sql => {
    expect(hasOwnRange(sql)).toBe(false)
  })
})
