/**
 * SQL that does to tables what `TRUNCATE … RESTART IDENTITY CASCADE` does. TRUNCATE gives every table, index and sequence new
 * files: for the few rows of a test the server works ten times as long. It stays for what has grown: rows that are
 * deleted one by one would be seen by every scan until a vacuum.
 *
 * Foreign keys are not asked (`session_replication_role`), so that no order of the tables matters: an administrator's right.
 *
 * @param tables names as SQL writes them, quoted where they need it
 */
export function emptyTables(tables: readonly string[]): string {
  const names = tables.map(name => `'${name.replaceAll("'", "''")}'`).join(', ')
  return `
    DO $empty$
    DECLARE
      emptied regclass[];
      one regclass;
      identity record;
    BEGIN
      WITH RECURSIVE referring(id) AS (
        SELECT unnest(ARRAY[${names}]::regclass[])::oid
        UNION
        SELECT conrelid FROM pg_constraint JOIN referring ON confrelid = id WHERE contype = 'f'
      )
      SELECT array_agg(id::regclass) INTO emptied FROM referring;
      SET LOCAL session_replication_role = replica;
      FOREACH one IN ARRAY emptied LOOP
        IF pg_relation_size(one) > ${GROWN_BYTES} THEN EXECUTE format('TRUNCATE %s CASCADE', one);
        ELSE EXECUTE format('DELETE FROM %s', one);
        END IF;
      END LOOP;
      FOR identity IN
        SELECT seqrelid, seqstart FROM pg_sequence JOIN pg_depend ON objid = seqrelid
        WHERE classid = 'pg_class'::regclass AND deptype IN ('a', 'i') AND refobjid = ANY (emptied)
      LOOP
        PERFORM setval(identity.seqrelid, identity.seqstart, false);
      END LOOP;
    END $empty$`
}

/** Some five hundred rows of a test's size. */
const GROWN_BYTES = 128 * 1024
