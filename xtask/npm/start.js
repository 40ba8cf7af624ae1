// What the loader uses of the form's code, as it ships. It starts as by wasm-bindgen's own start, which can do more: old
// browsers, servers that do not know WebAssembly's media type, callers with other things in their hands.

import { __wbg_finalize_init as finish, __wbg_get_imports as imports } from './bzctrl_widget.js';

export { close, forget, open } from './bzctrl_widget.js';

/** Starts it. The loader calls this once. */
export default async function start({ module_or_path: response }) {
  const { instance, module } = await WebAssembly.instantiateStreaming(response, imports());
  finish(instance, module);
}
