import { type Client, escapeIdentifier } from 'pg'

/**
 * Databases that their test file has left, made as empty as new ones, for the next file: making a database costs the server as
 * much as the whole file. They wait under names of their own, and whoever renames one first has it.
 */
export const SPARE = '_spare'

/** Gives a waiting database this name, if one waits. */
export async function takeSpare(admin: Client, name: string): Promise<boolean> {
  const { rows } = await admin.query<{ datname: string }>(
    `SELECT datname FROM pg_database WHERE datname ~ '^ambit_test_.*${SPARE}$' ORDER BY random() LIMIT 4`,
  )
  for (const { datname } of rows) if (await renamed(admin, datname, name)) return true
  return false
}

/** Lets the database wait for the next one; answers `false` where it could not be made as new, and has to be dropped. */
export async function keepSpare(
  admin: Client,
  name: string,
  connected: <T>(work: (client: Client) => Promise<T>) => Promise<T>,
): Promise<boolean> {
  try {
    await admin.query(`SELECT pg_terminate_backend(pid, ${PATIENCE_MS}) FROM pg_stat_activity WHERE datname = $1`, [
      name,
    ])
    const isNew = await connected(emptied)
    return isNew && (await renamed(admin, name, `${name}${SPARE}`))
  } catch {
    return false
  }
}

/** Drops those that wait; whoever still runs makes new ones. */
export async function dropSpares(admin: Client): Promise<void> {
  const { rows } = await admin.query<{ datname: string }>(
    `SELECT datname FROM pg_database WHERE datname ~ '^ambit_test_.*${SPARE}$'`,
  )
  // Somebody may be taking it at this moment.
  for (const { datname } of rows)
    await admin.query(`DROP DATABASE IF EXISTS ${escapeIdentifier(datname)}`).catch(() => undefined)
}

const PATIENCE_MS = 5_000

/** Fails where somebody else was quicker, or is still connected. */
async function renamed(admin: Client, from: string, to: string): Promise<boolean> {
  return admin.query(`ALTER DATABASE ${escapeIdentifier(from)} RENAME TO ${escapeIdentifier(to)}`).then(
    () => true,
    () => false,
  )
}

async function emptied(client: Client): Promise<boolean> {
  await client.query(EMPTY)
  const { rows } = await client.query<{ is_new: boolean }>(IS_NEW)
  return rows[0]?.is_new ?? false
}

/** From PostgreSQL 15 on, only the owner of the database may create something in its schema `public`. */
const EMPTY = `
  SET lock_timeout = ${PATIENCE_MS};
  DO $empty$
  DECLARE
    made regnamespace;
  BEGIN
    FOR made IN SELECT oid FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' LOOP
      EXECUTE format('DROP SCHEMA %s CASCADE', made);
    END LOOP;
    IF current_setting('server_version_num')::int >= 150000 THEN
      CREATE SCHEMA public AUTHORIZATION pg_database_owner;
      GRANT USAGE ON SCHEMA public TO PUBLIC;
    ELSE
      CREATE SCHEMA public;
      GRANT ALL ON SCHEMA public TO PUBLIC;
    END IF;
  END $empty$`

/** What did not live in a schema, and what was set for the database itself. Below 16384 are PostgreSQL's own objects. */
const IS_NEW = `
  SELECT NOT EXISTS (
    SELECT FROM (
      SELECT oid FROM pg_class UNION ALL SELECT oid FROM pg_proc UNION ALL SELECT oid FROM pg_type
      UNION ALL SELECT oid FROM pg_extension UNION ALL SELECT oid FROM pg_event_trigger UNION ALL SELECT oid FROM pg_cast
      UNION ALL SELECT oid FROM pg_publication UNION ALL SELECT oid FROM pg_foreign_data_wrapper
      UNION ALL SELECT oid FROM pg_largeobject_metadata
    ) AS object WHERE oid >= 16384
  ) AND NOT EXISTS (
    SELECT FROM pg_database LEFT JOIN pg_db_role_setting ON setdatabase = oid
    WHERE datname = current_database() AND (datacl IS NOT NULL OR setdatabase IS NOT NULL)
  ) AS is_new`
