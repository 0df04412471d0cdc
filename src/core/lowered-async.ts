/**
 * Whether a method was `async` before a compiler wrote it for a target older than ES2017. Its body then is one call of the
 * compiler's helper: `__awaiter` (tsc, tslib), `__async` (esbuild), `_async_to_generator` (SWC), `_asyncToGenerator` (Babel),
 * after variables that keep `this`, `super` and `arguments`. The parameters have moved inside, so no brace stands among them.
 */
export function isLoweredAsync(method: object): boolean {
  return LOWERED.test(Function.prototype.toString.call(method))
}

const LOWERED =
  /^[^{]*\{\s*(?:(?:var|let|const) (?:_|arguments)[^;]*;\s*)*return (?:\(0, ?)?(?:[\w$]+\.)*(?:__awaiter|__async|_async_to_generator|_asyncToGenerator)\b/
