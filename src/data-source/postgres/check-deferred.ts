/** Has the server check deferred constraints now, and leaves them as deferred as they were. */
export const CHECK_DEFERRED = [
  'SAVEPOINT ambit_deferred',
  'SET CONSTRAINTS ALL IMMEDIATE',
  'ROLLBACK TO SAVEPOINT ambit_deferred',
  'RELEASE SAVEPOINT ambit_deferred',
].join('; ')
