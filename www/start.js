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

/** The element that has asked last, until its form closes. */
let asker;
/** The same promise for the same one of the WebAssembly's. */
const promises = new WeakMap();

/** What had the focus when a form was opened, and what stands around it, from the inside out. */
let openers = [];

function haveFocus() {
  let at = document.activeElement;
  while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  openers = [];
  for (; at; at = at.parentNode ?? at.host) openers.push(at);
}

const takesFocus = (element) => {
  element?.focus?.();
  return element?.getRootNode().activeElement === element;
};

const someTakesFocus = (within) =>
  [...(within?.querySelectorAll?.('button,a[href],input,select,textarea,summary,[tabindex]') ?? [])].some(takesFocus);

/**
 * The focus goes back to what opened the form. Where that is gone or hidden, as in a menu that has closed, the element's own
 * button gets it, then what calls the menu up, then the nearest that can have it.
 */
function giveFocusBack(element) {
  const [opener] = openers;
  const known = opener && opener !== document.body && opener !== element;
  if ((known && takesFocus(opener)) || someTakesFocus(element) || someTakesFocus(element.shadowRoot) || !known) return;
  for (const around of openers) {
    const id = around.id && CSS.escape(around.id);
    const caller = id && document.querySelector(`[popovertarget=${id}],[aria-controls=${id}]`);
    if (takesFocus(around) || (caller && takesFocus(caller)) || someTakesFocus(around)) return;
  }
}

// Before the page hears of it, which may move the focus on, or open the next form.
addEventListener(
  'bzctrl-close',
  () => {
    if (asker) giveFocusBack(asker);
    asker = undefined;
  },
  true,
);

/** Opens the form. Gives nothing when the instance has ended: the loader fetches another one. */
function openUntilEnd(element, ...given) {
  if (!asker) haveFocus();
  // Copies of the form's place, as pages' caches make them, are dead.
  for (const place of document.querySelectorAll('bzctrl-dialog')) if (!place.shadowRoot) place.remove();
  const opening = open(element, ...given);
  if (!opening) return;
  asker = element;
  if (!promises.has(opening)) promises.set(opening, Promise.race([ended, opening]));
  return promises.get(opening);
}

export { openUntilEnd as open, close, forget };
