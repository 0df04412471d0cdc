'use strict'
// An npm registry on this machine that offers exactly the packages which are installed here. So npm itself resolves and
// installs a user's project, peers and all, with no network and with native parts that are built already.

const { once } = require('node:events')
const { spawn } = require('node:child_process')
const { existsSync, readFileSync } = require('node:fs')
const { createServer } = require('node:http')
const { basename, dirname, join } = require('node:path')

/** Starts to offer what `<root>/node_modules` holds. */
async function startRegistry(root) {
  const folders = installedFolders(root)
  const names = new Set(folders.map(({ name }) => name))
  const server = createServer((request, response) => answer(decodeURIComponent(request.url), response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${server.address().port}/`

  function answer(path, response) {
    const [, tarball] = /^\/-\/(\d+)\.tgz$/.exec(path) ?? []
    if (tarball !== undefined) return sendTarball(folders[tarball].folder, response)
    const found = folders.filter(({ name }) => `/${name}` === path)
    response.writeHead(found.length === 0 ? 404 : 200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(found.length === 0 ? { error: 'not installed here' } : packument(found)))
  }

  function packument(found) {
    const versions = found.map(({ manifest, index }) => [
      manifest.version,
      { ...withoutAbsent(manifest, names), dist: { tarball: `${url}-/${index}.tgz` } },
    ])
    const { name, manifest } = found[0]
    return { name, 'dist-tags': { latest: manifest.version }, versions: Object.fromEntries(versions) }
  }

  return { url, close: () => new Promise(resolve => server.close(resolve).closeAllConnections()) }
}

/** Each installed package; of several versions the one at the top comes first, and is the latest to npm. */
function installedFolders(root) {
  const { packages } = readJson(join(root, 'node_modules', '.package-lock.json'))
  return Object.keys(packages)
    .sort((left, right) => depth(left) - depth(right) || isAlias(packages[left]) - isAlias(packages[right]))
    .map((path, index) => {
      const folder = join(root, path)
      const manifest = readJson(join(folder, 'package.json'))
      return { name: manifest.name, manifest, folder, index }
    })
}

/** A package whose absence is allowed, and that is absent, is not mentioned: npm takes an unknown name for a conflict. */
function withoutAbsent(manifest, names) {
  const { peerDependencies = {}, peerDependenciesMeta = {}, optionalDependencies = {} } = manifest
  const isPresent = ([name]) => names.has(name)
  const isWanted = ([name]) => names.has(name) || !peerDependenciesMeta[name]?.optional
  return {
    ...manifest,
    peerDependencies: Object.fromEntries(Object.entries(peerDependencies).filter(isWanted)),
    peerDependenciesMeta: Object.fromEntries(Object.entries(peerDependenciesMeta).filter(isPresent)),
    optionalDependencies: Object.fromEntries(Object.entries(optionalDependencies).filter(isPresent)),
  }
}

function depth(path) {
  return path.split('node_modules/').length
}

/** `npm:` aliases, such as an older TypeORM beside the newest. */
function isAlias({ name }) {
  return name === undefined ? 0 : 1
}

function sendTarball(folder, response) {
  const name = basename(folder)
  const excluded = [`${name}/node_modules`, ...(existsSync(join(folder, 'binding.gyp')) ? nativeSources(name) : [])]
  const tar = spawn('tar', ['-cf', '-', ...excluded.map(path => `--exclude=${path}`), '-C', dirname(folder), name])
  tar.on('error', error => response.destroy(error))
  tar.stdout.pipe(response.writeHead(200, { 'content-type': 'application/octet-stream' }))
}

/** What a native part was built from. The objects are also links to the built file, and npm unpacks no links. */
function nativeSources(name) {
  return [`${name}/deps`, `${name}/build/Release/obj`, `${name}/build/Release/obj.target`]
}

function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'))
}

module.exports = { startRegistry }
