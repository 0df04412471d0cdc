/** A piece of a statement for a page and its total: SQL, or the place of something. */
export type PagePart = Readonly<Record<'sql', string>> | PagePlace

/** The select of the page's rows, its limit and offset; the select of one number that counts all rows. */
export type PagePlace = 'rows' | 'limit' | 'offset' | 'count'

/** The name of the total behind the columns of the rows; null where the rows tell it. */
export const TOTAL = 'ambit_total'

/**
 * A page and its total in one statement, and so of one snapshot whatever the isolation.
 *
 * An empty page has a row too, which has the total only. All rows are counted where the page does not tell their number: it
 * is full, or empty behind the end. A LEFT JOIN without a condition can only be a loop over the one total and, inside, the
 * page: its rows keep their order.
 */
export const POSTGRES_PAGE: readonly PagePart[] = [
  { sql: 'WITH ambit_page AS (' },
  'rows',
  { sql: `) SELECT ambit_page.*, ambit_count.${TOTAL} FROM (SELECT CASE WHEN (SELECT COUNT(*) FROM ambit_page) < ` },
  'limit',
  { sql: ' AND (' },
  'offset',
  { sql: ' = 0 OR EXISTS (SELECT 1 FROM ambit_page)) THEN NULL ELSE (' },
  'count',
  { sql: `) END AS ${TOTAL}) ambit_count LEFT JOIN ambit_page ON TRUE` },
]
