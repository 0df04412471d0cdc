import { pathToFileURL } from 'node:url'
import { importFile } from '../di/scan/import-file'

/** Loads a file as the program's own modules are loaded, so that hooks for TypeScript serve; else as an ES module. */
export async function loadModule(file: string): Promise<unknown> {
  try {
    return await importFile(file)
  } catch (error) {
    // One that awaits at its top level, or a Node without require() of ES modules.
    if (!ES_MODULE.has(String((error as { code?: unknown } | null)?.code))) throw error
    return nativeImport(pathToFileURL(file).href)
  }
}

const ES_MODULE: ReadonlySet<string> = new Set(['ERR_REQUIRE_ESM', 'ERR_REQUIRE_ASYNC_MODULE'])

// The compiler makes require() of an import() in CommonJS.
// eslint-disable-next-line @typescript-eslint/no-implied-eval -- the text is a constant
const nativeImport = new Function('url', 'return import(url)') as (url: string) => Promise<unknown>
