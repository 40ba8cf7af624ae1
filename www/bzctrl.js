// The BzCtrl widget for any page: defines <bzctrl-todo>, and fetches the form's code when it is wanted, not before.
// Settings are read by that code, at each opening; here stands what has to be there without it.

// A release fills this line: its version, and its files with the hashes that they must have.
const RELEASE = { version: 'dev', glue: ['bzctrl_widget.js', ''], wasm: ['bzctrl_widget_bg.wasm', ''] };

const tag = 'bzctrl-todo';
const widget = new URL('..', import.meta.url); // https://relay.example.com/widget/
const relay = new URL('..', widget).href;
const { document: page, customElements: registry, HTMLElement: Base = class {} } = globalThis;

/** @typedef {{ open: Function, close: Function, forget: Function }} Code */
/** @type {Promise<Code> | undefined} */
let code;
let tries = 0;

const failed = (/** @type {string} */ code, /** @type {string} */ message) =>
  Object.assign(new Error(message), { code });

/** The form's code: once a page; after a failure anew, under another address, since browsers remember a failed one. */
const load = () =>
  (code ??= fetchCode().catch((cause) => {
    code = undefined;
    const { origin } = widget;
    console.error(`${tag}: not loaded. Content-Security-Policy needs script-src ${origin} 'wasm-unsafe-eval'; connect-src ${origin}`, cause);
    throw failed('load-failed', 'The form could not be loaded.');
  }));

/** @returns {Promise<Code>} */
async function fetchCode() {
  const address = (/** @type {string} */ file) => `${widget.href}${RELEASE.version}/${file}${query}`;
  const query = tries++ ? `?${tries}` : '';
  const [[glue, integrity], [wasm, wasmIntegrity]] = [RELEASE.glue, RELEASE.wasm];
  const href = address(glue);
  page.head.append(Object.assign(page.createElement('link'), { rel: 'modulepreload', href, integrity }));
  const [module, response] = await Promise.all([
    import(href),
    fetch(address(wasm), { integrity: wasmIntegrity, credentials: 'omit' }),
  ]);
  await module.default({ module_or_path: response });
  return module;
}

const quietly = (/** @type {Promise<unknown>} */ promise) => promise.catch(() => {});

class Todo extends Base {
  /** @type {any} */ config = this.config;
  /** @type {Promise<object | null> | undefined} */ #opening;
  #alert;

  constructor() {
    super();
    const [slot, button] = ['slot', 'button'].map((name) => page.createElement(name));
    this.#alert = Object.assign(page.createElement('span'), { role: 'alert' });
    Object.assign(button, { type: 'button', part: 'button', textContent: 'Report incident' });
    slot.append(button);
    this.attachShadow({ mode: 'open' }).append(slot, this.#alert);
    slot.addEventListener('click', () => quietly(this.open()));
    this.addEventListener('command', (/** @type {any} */ event) => event.command === '--open' && quietly(this.open()));
    for (const kind of ['pointerover', 'focusin', 'touchstart']) {
      this.addEventListener(kind, () => this.#preload('intent'), { passive: true });
    }
  }

  connectedCallback() {
    this.#preload('eager');
    (globalThis.requestIdleCallback ?? setTimeout)(() => this.#preload('idle'));
  }

  #preload(/** @type {string} */ when) {
    if ((this.getAttribute('preload') ?? 'intent') === when) quietly(load());
  }

  /** Opens the form; resolves to the created todo, or to null when nothing was made. */
  open(values = {}) {
    return (this.#opening ??= this.#open(values).finally(() => (this.#opening = undefined)));
  }

  async #open(/** @type {object} */ values) {
    this.#alert.textContent = '';
    try {
      return await (await load()).open(this, values, relay);
    } catch (/** @type {any} */ error) {
      if (error.code === 'load-failed') {
        code = undefined;
        this.#alert.textContent = 'The form could not be loaded. Check the connection, then press again.';
        const detail = { code: error.code, title: error.message, status: 0, retryable: true, orderId: this.getAttribute('order-id') };
        (this.isConnected ? this : page).dispatchEvent(new CustomEvent('bzctrl-error', { bubbles: true, composed: true, detail }));
      }
      throw error;
    }
  }

  /** The user's Close. */
  close() {
    code?.then((module) => module.close(this));
  }

  /** Drops what was typed in this tab. */
  forget() {
    return Todo.forget();
  }

  static version = RELEASE.version;

  static preload = load;

  static async forget() {
    (await load()).forget();
  }

  static async open(/** @type {object} */ config) {
    if (!page) throw failed('no-document', 'There is no page to show the form in.');
    return Object.assign(new BzctrlTodo(), { config }).open();
  }
}

// The first definition wins; what a later copy exports leads to it.
if (registry && !registry.get(tag)) {
  registry.define(tag, Todo);
  if (!('commandForElement' in HTMLButtonElement.prototype)) {
    page.addEventListener('click', ({ target }) => {
      const button = /** @type {Element} */ (target).closest('button[command="--open"]');
      const todo = button && page.getElementById(button.getAttribute('commandfor') ?? '');
      if (todo instanceof Todo) quietly(todo.open());
    });
  }
}

/** @type {typeof Todo} */
export const BzctrlTodo = /** @type {any} */ (registry?.get(tag) ?? Todo);
export const { open, preload, forget, version } = BzctrlTodo;
