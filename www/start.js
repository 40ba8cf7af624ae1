// The end of wasm-bindgen's glue as the loader knows it: a release appends this file to the glue, whose functions it calls by
// their names. It starts the form's code, and stands between the page and the WebAssembly.
//
// What is thrown out of WebAssembly (a trap, a full stack, an exception of the page's that passed through) leaves it in a
// state that nobody knows. Then nothing enters it again, its dialogs go, and who waits for a form is told so. The draft is
// in the tab's storage: the loader fetches a fresh instance for the next opening.

let fail;
/** Rejects when the instance has ended. */
const ended = new Promise((_, reject) => (fail = reject));
ended.catch(() => {});

/** An export of the WebAssembly as the glue calls it. */
const guarded =
  (own) =>
  (...given) => {
    try {
      if (fail) return own(...given);
    } catch (cause) {
      // Another call may have failed within this one.
      if (!fail) return;
      const error = new Error('The form has a fault and was closed. What was typed is kept.');
      console.error(`bzctrl-todo: ${error.message}`, cause);
      fail(Object.assign(error, { code: 'load-failed' }));
      fail = undefined;
      for (const dialog of document.querySelectorAll('bzctrl-dialog')) dialog.remove();
      if (asker) tell(asker, error.message);
    }
  };

/** Tells whoever stands before an element, and its page, that the form has gone. */
function tell(element, title) {
  const alert = element.shadowRoot?.querySelector('[role=alert]');
  if (alert) alert.textContent = title;
  const orderId = element.getAttribute('order-id');
  const detail = { code: 'load-failed', title, status: 0, retryable: true, orderId };
  (element.isConnected ? element : document).dispatchEvent(
    new CustomEvent('bzctrl-error', { bubbles: true, composed: true, detail }),
  );
}

/** Starts it. The loader calls this once. */
export default async function start({ module_or_path: response }) {
  const { instance, module } = await WebAssembly.instantiateStreaming(response, __wbg_get_imports());
  const exports = {};
  for (const [name, own] of Object.entries(instance.exports)) {
    exports[name] = typeof own == 'function' ? guarded(own) : own;
  }
  __wbg_finalize_init({ exports }, module);
}

/** The element that has asked last, while its promise is pending. */
let asker;
/** The same promise for the same one of the WebAssembly's. */
const promises = new WeakMap();

/** Opens the form. Gives nothing when the instance has ended: the loader fetches another one. */
function openUntilEnd(element, ...given) {
  const opening = open(element, ...given);
  if (!opening) return;
  asker = element;
  if (!promises.has(opening)) {
    const promise = Promise.race([ended, opening]);
    const settled = () => (asker = undefined);
    promise.then(settled, settled);
    promises.set(opening, promise);
  }
  return promises.get(opening);
}

export { openUntilEnd as open, close, forget };
