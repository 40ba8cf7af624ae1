// The BzCtrl widget for any page: defines <bzctrl-todo>, and fetches the form's code when it is wanted, not before.
// Settings are read by that code, at each opening; here stands what has to be there without it.

// A release fills this line: its version, and the hashes that its files must have.
const RELEASE = { version: 'dev', glue: '', wasm: '' };

const tag = 'bzctrl-todo';
const widget = new URL('..', import.meta.url); // https://relay.example.com/widget/, the relay's own base above it
const { document: page, customElements: registry, HTMLElement } = globalThis;

/** @typedef {{ open: Function, close: Function, forget: Function }} Code */
/** @type {Promise<Code> | undefined} */
let code;
let tries = 0;

const failure = (/** @type {string} */ code, /** @type {string} */ message) =>
  Object.assign(new Error(message), { code });

/** The form's code: once a page; after a failure anew, under another address, since browsers remember a failed one. */
const load = () =>
  (code ??= fetchCode().catch((cause) => {
    code = undefined;
    const { origin } = widget;
    console.error(`${tag} needs CSP script-src ${origin} 'wasm-unsafe-eval'; connect-src ${origin}`, cause);
    throw failure('load-failed', 'The form did not load. Is there a connection? Press again.');
  }));

/** @returns {Promise<Code>} */
async function fetchCode() {
  const files = `${widget}${RELEASE.version}/bzctrl_widget`;
  const href = `${files}.js?${tries++}`;
  const link = page.createElement('link');
  page.head.append(Object.assign(link, { rel: 'modulepreload', href, integrity: RELEASE.glue }));
  const [module, module_or_path] = await Promise.all([
    import(href),
    fetch(`${files}_bg.wasm?${tries}`, { integrity: RELEASE.wasm, credentials: 'omit' }),
  ]);
  await module.default({ module_or_path });
  return module;
}

const quietly = (/** @type {Promise<unknown>} */ promise) => promise.catch(() => {});

class Todo extends /** @type {typeof globalThis.HTMLElement} */ (HTMLElement ?? Object) {
  config = /** @type {any} */ (this).config; // a page may have set it before this script ran
  /** Drops what was typed in this tab. */ forget = Todo.forget;
  /** @type {Promise<object | null> | undefined} */ #opening;
  #alert;

  constructor() {
    super();
    const [slot, button, alert] = ['slot', 'button', 'span'].map((name) => page.createElement(name));
    Object.assign(button, { type: 'button', part: 'button', textContent: 'Report incident' });
    alert.setAttribute('role', 'alert');
    slot.append(button);
    this.attachShadow({ mode: 'open' }).append(slot, alert);
    const press = (slot.onclick = () => quietly(this.open()));
    this.addEventListener('command', (/** @type {any} */ event) => event.command === '--open' && press());
    // A touch is a pointer too.
    for (const kind of ['pointerover', 'focusin']) this.addEventListener(kind, () => this.#preload('intent'));
    this.#alert = alert;
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
      return await (await load()).open(this, values, new URL('..', widget).href);
    } catch (/** @type {any} */ error) {
      if (error.code === 'load-failed') {
        code = undefined;
        const title = (this.#alert.textContent = error.message);
        const detail = { code: error.code, title, status: 0, retryable: true, orderId: this.getAttribute('order-id') };
        (this.isConnected ? this : page).dispatchEvent(new CustomEvent('bzctrl-error', { bubbles: true, composed: true, detail }));
      }
      throw error;
    }
  }

  /** The user's Close. */
  close() {
    code?.then((module) => module.close(this));
  }

  static version = RELEASE.version;

  static preload = load;

  static async forget() {
    (await load()).forget();
  }

  static async open(/** @type {object} */ config) {
    if (!page) throw failure('no-document', 'No document');
    return Object.assign(new BzctrlTodo(), { config }).open();
  }
}

// The first definition wins; what a later copy exports leads to it.
/** @type {typeof Todo} */
export const BzctrlTodo = /** @type {any} */ (registry?.get(tag) ?? Todo);
export const { open, preload, forget, version } = BzctrlTodo;

if (registry && BzctrlTodo === Todo) {
  registry.define(tag, Todo);
  if (!('commandForElement' in HTMLButtonElement.prototype)) {
    page.addEventListener('click', (/** @type {any} */ { target }) => {
      const todo = page.getElementById(target.closest('[command="--open"]')?.getAttribute('commandfor'));
      if (todo instanceof Todo) quietly(todo.open());
    });
  }
}
