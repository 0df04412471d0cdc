'use strict'
// `npm start [-- postgres://…]`: the quick start on its embedded default, or on the database that the argument or
// DATABASE_URL names.

require('./ensure-installed.cjs').ensureInstalledOrExit()
require('./run-example.cjs').runExample('quickstart', process.argv.slice(2))
