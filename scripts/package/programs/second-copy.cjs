'use strict'
// In a user's project: a library has brought a copy of Ambit of its own.

const assert = require('node:assert/strict')
const { join } = require('node:path')
const { bootstrap } = require('ambit')
const { SecondCopyError } = require('ambit/errors')

async function main() {
  const alone = await bootstrap({})
  await alone.close()
  const { bootstrap: bootstrapOfLibrary } = require('library')
  const folders = ['library/node_modules/ambit', 'ambit'].map(path => join(__dirname, 'node_modules', path))

  const error = await bootstrap({}).catch(reason => reason)
  assert.ok(error instanceof SecondCopyError, `it was started, or failed otherwise: ${error}`)
  assert.deepEqual(
    error.copies.map(({ folder }) => folder),
    folders,
  )
  assert.equal(new Set(error.copies.map(({ version }) => version)).size, 2)
  for (const { version, folder } of error.copies) assert.ok(error.message.includes(`${version} in ${folder}`))
  assert.match(error.message, /npm ls ambit/)

  const ofLibrary = await bootstrapOfLibrary({}).catch(reason => reason)
  assert.equal(ofLibrary.code, 'AMBIT_APP_SECOND_COPY')
  console.log(error.message)
}

main().catch(error => {
  console.error(error)
  process.exitCode = 1
})
