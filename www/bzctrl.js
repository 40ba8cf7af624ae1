// The BzCtrl widget for any page: defines <bzctrl-todo>, and fetches the form's code when it is wanted, not before.
// Settings are read by that code, at each opening; here stands what has to be there without it.

// A release fills this line: its version, and the hashes that its files must have.
const RELEASE = { version: 'dev', glue: '', wasm: '' };

const tag = 'bzctrl-todo';
const widget = import.meta.resolve('../'); // https://relay.example.com/widget/
// A page's script may have hidden the built-ins of these names; where it has replaced them, the form does without.
const { document: page, customElements: registry, CustomEvent, HTMLElement } = globalThis;

const nothing = async () => {};
const Promise = /** @type {PromiseConstructor} */ (nothing().constructor);

/** @typedef {{ open: (of: Todo, values: unknown, widget: string) => Promise<object | null> | undefined, close: (of?: Todo) => void, forget: () => void }} Form */
/** @typedef {{ p?: Promise<object | null> | null }} Opening Its promise. */
/** @type {Form | null | undefined} The form's code, once it is here. */
let form;
/** @type {Promise<unknown> | null | undefined} */
let loading;
/** How often all of the page's openings were ended. */
let closed = 0;
let tries = 0;

const failure = (/** @type {string} */ code, /** @type {string} */ message = code) => {
  const error = /** @type {Error & { code: string }} */ (Error(message));
  error.code = code;
  return error;
};

/**
 * Once a page; after a failure anew, under another address, since browsers remember a failed one. What has not come in
 * half a minute has failed. The glue says what a page's policy may lack.
 */
const load = () =>
  (loading ??= new Promise((resolve, reject) => {
    const files = widget + RELEASE.version + '/bzctrl_widget';
    const href = files + '.js?' + tries++;
    const link = page.createElement('link');
    link.rel = 'modulepreload';
    link.integrity = RELEASE.glue;
    link.href = href;
    page.documentElement.append(link);
    setTimeout(reject, 30_000);
    const wasm = fetch(files + '_bg.wasm?' + tries, { credentials: 'omit', integrity: RELEASE.wasm });
    wasm.catch(nothing);
    import(href)
      .then((module) => module.default(wasm))
      // One that was late may be here before the one that was fetched in its place.
      .then((started) => resolve((form ??= started)), reject);
  }).catch((cause) => {
    loading = null;
    console.error(tag, cause);
    throw failure('load-failed', 'The form did not load. Press again.');
  }));

class Todo extends /** @type {typeof globalThis.HTMLElement} */ (HTMLElement ?? Promise) {
  /** @type {unknown} */ #config;
  /** @type {Opening[]} The opening that waits for the code; another object once it was ended. */ #opening = [];
  #alert;

  constructor() {
    super();
    const slot = page.createElement('slot');
    const button = page.createElement('button');
    const alert = page.createElement('span');
    this.attachShadow({ mode: 'open' }).append(slot, alert);
    const press = (slot.onclick = (/** @type {Event} */ event) => {
      event.preventDefault(); // a slotted control's own doing: a form that is sent, a link that is followed
      this.open().catch(nothing);
    });
    // The browser's own button in the page's letters; a page's ::part(button) wins over it. What is told stands below what was pressed,
    // and within the window; a browser that knows no popovers shows it beside the button.
    alert.style = button.style = 'margin:0;padding:.5em 1em;font:inherit;position-area:bottom';
    alert.popover = '';
    // A touch is a pointer too.
    this.addEventListener('pointerover', () => this.#preload('intent'));
    this.addEventListener('focusin', () => this.#preload('intent'));
    button.part = 'button';
    alert.setAttribute('role', 'alert');
    button.textContent = 'Report incident';
    slot.append(button);
    this.addEventListener('command', (/** @type {any} */ event) => event.command == '--open' && press(event));
    this.#config = this.config; // a page may have set it before this script ran
    delete (/** @type {any} */ (this).config);
    this.#alert = alert;
  }

  set config(values) {
    this.#config = values;
  }

  get config() {
    return this.#config;
  }

  connectedCallback() {
    this.#preload('eager');
    if ((this.getAttribute('inline') ?? 'false') != 'false') this.open().catch(nothing);
    setTimeout(() => this.#preload('idle'), 2000);
  }

  #preload(/** @type {string} */ when) {
    // What has failed is tried again by a press, and not by each pointer that passes.
    if (!tries && (this.getAttribute('preload') ?? 'intent') == when) load().catch(nothing);
  }

  async #wait(/** @type {object | undefined} */ values, /** @type {Opening} */ at) {
    const isConnected = this.isConnected;
    this.ariaBusy = 'true';
    if (isConnected) this.#alert.togglePopover?.(false);
    form &&= (loading = null);
    const error = await load().catch((cause) => cause);
    at.p = this.ariaBusy = null;
    // Taken out of the page meanwhile, or closed.
    if (isConnected > this.isConnected || at != this.#opening[closed]) return null;
    if (form) return /** @type {Form} */ (form).open(this, values, widget) ?? null;
    (isConnected ? this : page).dispatchEvent(
      new CustomEvent('bzctrl-error', {
        bubbles: true,
        composed: true,
        detail: {
          ...error,
          retryable: true,
          status: 0,
          title: (this.#alert.textContent = error.message),
          orderId: this.getAttribute('order-id'),
        },
      }),
    );
    if (isConnected) /** @type {any} */ (this.#alert).togglePopover?.({ source: this });
    throw error;
  }

  /** The user's Close. */
  close() {
    this.#opening = [];
    form?.close(this);
  }

  static preload = load;

  /** Drops what was typed in this tab. */
  forget = Todo.forget;

  static version = RELEASE.version;

  /** Closes the form that is open. */
  static close() {
    closed++;
    form?.close();
  }

  static async open(/** @type {object} */ config) {
    if (!page) throw failure('no-document');
    return new BzctrlTodo().open(config);
  }

  static async forget() {
    closed++;
    // Where nothing was typed in this tab, the code is not fetched for it. A browser may forbid to look.
    try {
      for (const name in globalThis.sessionStorage) if (/bzctrl:/.test(name)) load();
    } catch {}
    await loading;
    return form?.forget();
  }

  /**
   * Opens the form; resolves to the created todo, or to null when nothing was made.
   * @param {object} [values]
   */
  open(values) {
    const at = (this.#opening[closed] ??= {});
    // A form that has come to a fault gives no promise: a fresh one is fetched.
    return form?.open(this, values, widget) ?? (at.p = (!values && at.p) || this.#wait(values, at));
  }
}

// The first definition wins; what a later copy exports leads to it.
/** @type {typeof Todo} */
export const BzctrlTodo = /** @type {any} */ (registry?.get(tag) ?? Todo);
export const { open, close, preload, forget, version } = BzctrlTodo;

if (registry && BzctrlTodo == Todo) {
  registry.define(tag, Todo);
  if (!('command' in page.createElement('button'))) {
    page.addEventListener('click', (/** @type {any} */ { target }) => {
      /** @type {any} */
      const todo = page.getElementById(target.closest?.('[command=--open]')?.getAttribute('commandfor'));
      if (todo?.forget) todo.open().catch(nothing);
    });
  }
}
