'use strict'
// npm and Node as a user's shell runs them, for the checks of the package.

const { spawn } = require('node:child_process')
const { join } = require('node:path')

/** No step of a check takes longer, unless it hangs. */
const TIMEOUT_MS = 180_000

/** Without the settings of the npm that runs the check: the packages of a user know nothing of them. */
const OWN_ENVIRONMENT = Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_ENV$|NODE_OPTIONS$)/i.test(name))

/** Packs the package at `root` into `folder`. */
async function pack(root, folder) {
  const { stdout } = await npm(['pack', '--json', '--ignore-scripts', '--pack-destination', folder], { cwd: root })
  const [{ filename, files, size }] = JSON.parse(stdout)
  return { path: join(folder, filename), files: files.map(({ path }) => path), size }
}

function npm(args, options) {
  // On Windows npm is a batch file, which needs the shell.
  return run('npm', args, { ...options, shell: process.platform === 'win32' })
}

function node(args, options) {
  return run(process.execPath, args, options)
}

/** Runs a program to its end; when that is a failure, the error's message is all that it printed. */
function run(command, args, { cwd, env = {}, shell = false }) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      shell,
      env: { ...Object.fromEntries(OWN_ENVIRONMENT), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: TIMEOUT_MS,
    })
    const output = { stdout: '', stderr: '' }
    for (const stream of ['stdout', 'stderr']) {
      child[stream].setEncoding('utf8').on('data', text => (output[stream] += text))
    }
    child.on('error', reject)
    child.on('close', (code, signal) => {
      if (code === 0) resolve(output)
      else reject(new Error(`${[command, ...args].join(' ')} ended with ${signal ?? code} and printed\n${all(output)}`))
    })
  })
}

function all({ stdout, stderr }) {
  return `${stdout}${stderr}`.trim()
}

module.exports = { node, npm, pack, run }
