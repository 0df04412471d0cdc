'use strict'
// The code of dist/, made by `npm run build`, and of elsewhere by `node scripts/bundle.cjs <folder> <entry> …`: a file for each
// entry point, and a few below chunks/ that they share. A file for each of our hundreds of modules would have every process of
// our users find, read and compile them one by one, which took longer than loading TypeORM; and in one scope a call from module
// to module is no more than the call of a function.

const { execFileSync } = require('node:child_process')
const { existsSync, mkdtempSync, realpathSync, rmSync } = require('node:fs')
const { tmpdir } = require('node:os')
const { rollup } = require('rollup')
const { dirname, isAbsolute, join, resolve, sep } = require('node:path')

const root = resolve(__dirname, '..')

/** Below these there is neither a container nor TypeORM; whoever imports no more than them shall not have to load those. */
const LIGHT_ENTRIES = ['errors', 'query']

/** Writes the CommonJS files of these entry points, by their names below src/ without an ending, into a folder. */
async function bundle(entries, folder) {
  // rollup knows files by their real paths; a folder for temporary files may be a link.
  const modules = realpathSync(mkdtempSync(join(tmpdir(), 'ambit-modules-')))
  try {
    compileModules(modules)
    await write(modules, entries, folder)
  } finally {
    rmSync(modules, { recursive: true, force: true })
  }
}

/** As ES modules, which can be joined. Comments are read in the declarations; here they would be loaded with every process. */
function compileModules(outDir) {
  const flags = ['--noCheck', '--declaration', 'false', '--removeComments', '--outDir', outDir]
  const asModules = ['--module', 'ES2022', '--moduleResolution', 'bundler']
  const tsc = require.resolve('typescript/bin/tsc')
  execFileSync(process.execPath, [tsc, '-p', 'tsconfig.build.json', ...flags, ...asModules], {
    cwd: root,
    stdio: 'inherit',
  })
}

async function write(modules, entries, dir) {
  const fileOf = entry => join(modules, `${entry}.js`)
  const bundled = await rollup({ ...RULES, input: Object.fromEntries(entries.map(entry => [entry, fileOf(entry)])) })
  const { output } = await bundled.write({
    ...OUTPUT,
    dir,
    manualChunks: chunks({
      main: fileOf('index'),
      light: LIGHT_ENTRIES.map(fileOf),
      core: join(modules, 'core') + sep,
    }),
    onlyExplicitManualChunks: true,
  })
  await bundled.close()
  refuseRenamedClasses(output)
}

/**
 * Puts what `ambit` itself is made of into one chunk, without what its light entries need too, and `core` into another: a
 * chunk with more than some hundred names would be slow to call into. For the rest rollup finds chunks of its own.
 */
function chunks({ main, light, core }) {
  let heavy
  return (file, { getModuleInfo }) => {
    heavy ??= without(modulesBelow([main], getModuleInfo), modulesBelow(light, getModuleInfo))
    if (file.startsWith(core)) return 'core'
    return heavy.has(file) && file !== main ? 'ambit' : undefined
  }
}

/** What modules need, themselves included. */
function modulesBelow(files, getModuleInfo) {
  const found = new Set(files)
  for (const file of found) for (const imported of getModuleInfo(file)?.importedIds ?? []) found.add(imported)
  return found
}

function without(all, others) {
  return new Set([...all].filter(each => !others.has(each)))
}

/** Of two classes of one name in one scope, one is called otherwise, also where messages name it. */
function refuseRenamedClasses(files) {
  const renamed = files.flatMap(({ code }) => code.match(/^class \w+\$\d+\b/gm) ?? [])
  if (renamed.length > 0) throw new Error(`Two modules each have a class of the same name: ${renamed.join(', ')}.`)
}

const RULES = {
  plugins: [{ name: 'our own files', resolveId: ownFile }],
  external: id => !id.startsWith('.') && !isAbsolute(id),
  // What a module does while it is loaded is meant: decorators, registries, checks of the surroundings.
  treeshake: false,
  onLog(_level, log) {
    // TypeScript's helper for `await using` asks for the `this` of a script.
    if (log.code !== 'THIS_IS_UNDEFINED') throw new Error(`rollup: ${log.message}`)
  },
}

const OUTPUT = {
  format: 'cjs',
  entryFileNames: '[name].js',
  // All of them two folders below the package's, as the sources are: some look for package.json there.
  chunkFileNames: 'chunks/[name].js',
  // An optional peer is required: `import()` in CommonJS is refused by Jest.
  dynamicImportInCjs: false,
  interop: 'auto',
  generatedCode: 'es2015',
  hoistTransitiveImports: false,
}

/** The file that a relative import means, as TypeScript has it. */
function ownFile(id, importer) {
  if (importer === undefined || !id.startsWith('.')) return null
  const path = resolve(dirname(importer), id)
  return [`${path}.js`, join(path, 'index.js')].find(existsSync) ?? null
}

module.exports = { bundle }

if (require.main === module) {
  const [folder, ...entries] = process.argv.slice(2)
  bundle(entries, folder).catch(error => {
    console.error(error.message)
    process.exitCode = 1
  })
}
