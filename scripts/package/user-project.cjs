'use strict'
// A folder in which a user of Ambit works: npm installs there, from a registry of this machine; programs are compiled and run.

const { mkdirSync, realpathSync, writeFileSync } = require('node:fs')
const { dirname, join } = require('node:path')
const { node, npm } = require('./npm.cjs')

class UserProject {
  /** The project's folder, empty but for a package.json. */
  folder
  #npmOptions

  constructor(parent, registryUrl) {
    this.folder = join(realpathSync(parent), 'project')
    // Neither the user's own settings nor the cache: this run must not depend on them, nor change them.
    const settings = join(parent, 'npmrc')
    writeFileSync(settings, 'ignore-scripts=true\naudit=false\nfund=false\nupdate-notifier=false\n')
    const places = {
      registry: registryUrl,
      cache: join(parent, 'cache'),
      userconfig: settings,
      globalconfig: `${settings}-global`,
    }
    this.#npmOptions = Object.entries(places).map(([name, place]) => `--${name}=${place}`)
    this.write({ 'package.json': JSON.stringify({ name: 'project', version: '1.0.0', private: true }) })
  }

  async install(...args) {
    const { stderr } = await npm(['install', ...this.#npmOptions, ...args], {
      cwd: this.folder,
      env: { NO_PROXY: '127.0.0.1' },
    })
    if (/ERESOLVE|EBADENGINE/.test(stderr)) throw new Error(`npm install ${args.join(' ')} warned\n${stderr}`)
  }

  /** Fails where the tree has missing, superfluous or unfit packages, peers included. */
  async verifyTree() {
    await npm(['ls', '--all', ...this.#npmOptions], { cwd: this.folder })
  }

  write(files) {
    for (const [name, text] of Object.entries(files)) {
      const path = join(this.folder, name)
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, text)
    }
  }

  /** Runs Node in the project; answers the lines on standard output. */
  async run(args, env = {}) {
    const { stdout } = await node(args, { cwd: this.folder, env })
    return stdout.split('\n').filter(line => line !== '')
  }

  async compile(part) {
    await this.run([join('node_modules', 'typescript', 'bin', 'tsc'), '-p', part])
  }

  async jest(part, env = {}) {
    await this.run(
      [
        join('node_modules', 'jest', 'bin', 'jest.js'),
        '--ci',
        '--rootDir',
        part,
        '--config',
        join(part, 'jest.config.js'),
      ],
      env,
    )
  }
}

module.exports = { UserProject }
