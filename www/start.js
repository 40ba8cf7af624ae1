// The beginning of the form's code as the loader knows it: a release puts this file before wasm-bindgen's glue, whose functions
// it calls by their names. It starts the form's code, and stands between the page and the WebAssembly.
//
// What is thrown out of WebAssembly (a trap, a full stack, an exception of the page's that passed through) leaves it in a
// state that nobody knows. Then nothing enters it or leaves it again, its forms go from the page, and the page and its user are
// told. The draft is in the tab's storage: at the next press `open` answers nothing, and the loader fetches a fresh instance.

// The built-ins of this file and of the glue. A `class Event {}` at the top of a page's script hides the browser's own from every
// module, and a `var Event` takes its place; so each is had from where a page's names do not reach. A page that extends or wraps one
// is heeded where that does no harm.
const Object = {}.constructor;
const Array = [].constructor;
const Number = (0).constructor;
const String = ''.constructor;
const Promise = (async () => {})().constructor;
const { AbortController, AbortSignal, Date, Error, Math, MutationObserver, Symbol, navigator } = window;
const { toStringTag, hasInstance } = Symbol;

/** Of what the page has put something else in the place. */
const replaced = [];

/** The browser's own, or what a page has wrapped around it. */
const own = (name) => {
  const it = window[name];
  if (it?.[toStringTag] == name || it?.prototype?.[toStringTag] == name || /native/.test(it)) return it;
  replaced.push(`the page has its own ${name}`);
};

/** All kinds carry their names. */
const kind = (name) => ({
  [hasInstance](it) {
    return it != null && (it[toStringTag] == name || this[hasInstance](Object.getPrototypeOf(it)));
  },
});

const all = (names, how) => names.split(' ').map(how);
const [TextDecoder, TextEncoder, DataView, CSSStyleSheet, WebAssembly, Reflect] = all(
  'TextDecoder TextEncoder DataView CSSStyleSheet WebAssembly Reflect Symbol',
  own,
);
if (replaced[0]) throw new Error(replaced);
const Uint8Array = new TextEncoder().encode().constructor;
// A page may have a clock of its own, or its own dice; they are named where nothing works by them.
all('Date Math', own);
// What is handed out for good is freed when it is called, or lives as long as the page.
const FinalizationRegistry = undefined;
const [Event, CustomEvent] = all('Event CustomEvent', (name) => document.createEvent(name).constructor);
const [Window, ShadowRoot, Element] = all('Window ShadowRoot Element', kind);

/** Pages call their own address `URL`. A link of a document of ours knows as much. */
const URL =
  own('URL') ??
  class {
    constructor(address, base) {
      const page = document.implementation.createHTMLDocument();
      const [its, link] = all('base a', (name) => page.head.appendChild(page.createElement(name)));
      its.href = base;
      link.href = address;
      if (!link.host) throw address;
      return link;
    }
  };

// A release fills this line: the hashes that the second part of the WebAssembly must have, and what of the glue that part alone calls.
// A build in one piece has none.
const [LATER, LATER_GLUE] = ['', ''];
// And this one: how many functions the WebAssembly takes from the glue, where a file of its own provides some of them.
const IMPORTS = 0;
// And this one: the languages, and the hashes of their files. English is in the WebAssembly.
const LANGUAGES = { __proto__: null, en: 0 };

/** The words of each language that was asked for, or the promise of them. */
const words = {};

/**
 * The words of a form, or the promise of them: in the language that its page says nearest to it and, where there are none in that, in
 * the browser's. They begin with the language's tag, as it was said. What did not come is asked for anew.
 */
function wordsFor(element, values) {
  let said = values?.lang ?? element?.config?.lang;
  for (; element && !said; element = element.parentNode ?? element.host) said = element.lang;
  // A page, or what guards its user's privacy, may have taken the browser's languages away.
  for (const tag of [said || document.documentElement.lang, ...(navigator.languages ?? [])]) {
    const [language] = `${tag}`.toLowerCase().split(/[-_]/);
    if (language in LANGUAGES) return (words[language] ??= LANGUAGES[language] && fetchWords(language, tag));
  }
}

/** How often words were asked for: what a browser has kept of a file that was not whole is not asked for again. */
let askings = 0;

async function fetchWords(language, tag) {
  try {
    const file = import.meta.resolve(`./${language}.txt?${askings++}`);
    const answer = await fetch(file, { integrity: LANGUAGES[language], credentials: 'omit' });
    return (words[language] = (await answer.text()).replace(language, tag).split('\t'));
  } catch {
    words[language] = undefined;
  }
}

let fail;
/** Rejects when the instance has ended. */
const ended = new Promise((_, reject) => (fail = reject));
ended.catch(() => {});

/** The elements of the page that forms were opened for; the last one speaks. */
let elements = [];
/** The one that is in `open` at this moment. */
let asking;
/** The one that has asked last, until its form closes. */
let asker;

/** An export of the WebAssembly, as the glue calls it. */
const entry =
  (own) =>
  (...given) => {
    try {
      if (fail) return own(...given);
    } catch (cause) {
      // Another call may have failed within this one.
      if (fail) end(cause);
    }
    // To the glue it is any answer without content: a number, a value, or several.
    return [];
  };

/** An import of the WebAssembly. What still runs when it fails within goes no further than here. */
const exit =
  (own) =>
  (...given) => {
    if (!fail) throw ended;
    return own(...given);
  };

const each = (functions, guarded) =>
  Object.fromEntries(Object.entries(functions).map(([name, it]) => [name, typeof it == 'function' ? guarded(it) : it]));

function end(cause, title = 'The form has a fault and was closed. What was typed is kept.') {
  const code = 'load-failed';
  console.error(`bzctrl-todo: ${title}`, cause, ...replaced);
  fail(Object.assign(new Error(title), { code }));
  const told = [];
  const tell = (element) => told.includes(element) || told.push(element);
  // A form may be on its way, and not be seen yet.
  [asking ?? asker, ...waits.filter(isWanted).map(({ element }) => element)].filter(Boolean).forEach(tell);
  // Forms that close from now on are a fresh instance's.
  fail = asker = undefined;
  // A form stands in its element, in the place of the button, or at the end of the page.
  let last;
  for (last of elements) {
    const slot = last.shadowRoot.querySelector('slot');
    if (slot.hidden) tell(last);
    slot.hidden = false;
    last.shadowRoot.querySelector('bzctrl-dialog')?.remove();
  }
  for (const place of document.querySelectorAll('bzctrl-dialog')) {
    // A frame goes when it is left, or another comes in its place.
    if (place.openers) continue;
    if (place.shadowRoot?.querySelector('dialog:is([open],[popover])')) tell(last);
    place.remove();
  }
  for (const element of told) {
    const alert = element.shadowRoot.querySelector('[role=alert]');
    if (frame?.element === element) frame.fails();
    else {
      alert.textContent = title;
      if (element.isConnected) alert.togglePopover?.({ force: true, source: element });
    }
    const detail = { code, title, status: 0, retryable: true, orderId: element.getAttribute('order-id') };
    const event = new CustomEvent('bzctrl-error', { bubbles: true, composed: true, detail });
    (element.isConnected ? element : document).dispatchEvent(event);
  }
}

/** While it arrives, or from its bytes where a server does not know its media type. */
const instantiate = async (response, imports) =>
  response.headers.get('content-type') == 'application/wasm'
    ? WebAssembly.instantiateStreaming(response, imports)
    : WebAssembly.instantiate(await response.arrayBuffer(), imports);

let run;
/** Resolves when the WebAssembly runs. */
const running = new Promise((resolve) => (run = resolve));

async function runs(arriving) {
  const imports = Object.entries(__wbg_get_imports()).map(([module, functions]) => {
    for (let at = IMPORTS; at--; ) functions[at] ??= (...given) => provided[at](...given);
    return [module, each(functions, exit)];
  });
  const { instance, module } = await arriving
    .then((response) => instantiate(response, Object.fromEntries(imports)))
    .catch((cause) => {
      const relay = import.meta.resolve('../../');
      throw new Error(`needs CSP script-src ${relay} 'wasm-unsafe-eval'; connect-src ${relay}`, { cause });
    });
  __wbg_finalize_init({ exports: each(instance.exports, entry) }, module);
  run();
  // A press that has waited for the code comes first, and then there is nothing to be drawn ahead.
  setTimeout(rehearse);
}

/**
 * Draws a form ahead, and lays it out once where nobody sees it and no page hears of it: what a browser does for the first time takes
 * it longer than all that comes after.
 */
function rehearse() {
  park();
  const shadow = document.querySelector('bzctrl-todo')?.shadowRoot;
  const dialog = !place?.isConnected && place?.shadowRoot.querySelector('dialog');
  if (!shadow || !dialog) return;
  try {
    dialog.open = true;
    shadow.append(place);
    dialog.getBoundingClientRect();
  } catch {}
  place.remove();
  dialog.open = false;
}

/** Starts it, and answers this module, of which the loader calls the rest: openings wait here until it runs. */
export default async function start(arriving) {
  // Most pages have one language: its words come beside the WebAssembly.
  wordsFor(document.querySelector('bzctrl-todo'));
  const late = new Promise((_, reject) => setTimeout(reject, 30_000, 'late'));
  const inTime = Promise.race([late, runs(arriving)]);
  inTime.catch(() => {});
  const own = await import(import.meta.url);
  // What was pressed meanwhile is opened first, and is told.
  inTime.catch((cause) => setTimeout(end, 0, cause, 'The form did not load. Press again.'));
  return own;
}

/** The second part, once it was asked for. */
let asked;
/** What that part alone takes from the glue. */
let provided;

/** A script of the release, by its hash. */
function fetchScript(href, integrity) {
  const link = document.createElement('link');
  document.documentElement.append(Object.assign(link, { rel: 'modulepreload', integrity, href }));
  return import(href);
}

/** Fetches what a form needs only once it stands. It is tried until it is there. */
async function fetchLater(tries = 0) {
  try {
    const file = (ending) => import.meta.resolve(`./bzctrl_widget_later.${ending}?${tries}`);
    // What never comes is given up; a slow line gets longer each time.
    const ms = 10_000 * (tries + 1);
    const late = new Promise((_, reject) => setTimeout(reject, ms, 'late'));
    const parts = [
      fetch(file('wasm'), { integrity: LATER, credentials: 'omit', signal: AbortSignal?.timeout?.(ms) }),
      LATER_GLUE && fetchScript(file('js'), LATER_GLUE),
      import(import.meta.url),
    ];
    const [answer, glue, own] = await Promise.race([late, Promise.all(parts)]);
    provided = glue && glue.default(own);
    await instantiate(answer, { __wasm_split: wasm });
    later(true);
  } catch (cause) {
    console.error('bzctrl-todo: a part of the form did not load; it is tried again', cause);
    later(false);
    if (fail) setTimeout(fetchLater, tries < 5 ? 1000 * 2 ** tries : 30_000, tries + 1);
  }
}

/** What had the focus when a form was opened, and what stands around it, from the inside out. */
let openers = [];

/** A menu that closes with the press leaves the focus to nobody: then what stands around the element, but not the whole page. */
function haveFocus(element) {
  const { activeElement, body } = document;
  // The frame of an instance that did not load: it is tried again in it.
  if (activeElement?.openers) return (openers = activeElement.openers);
  const nobody = !activeElement || activeElement === body;
  let at = nobody ? element : activeElement;
  while (!nobody && at.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  openers = [];
  for (; at && !(nobody && at === body); at = at.parentNode ?? at.host) openers.push(at);
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
  if ((opener !== element && takesFocus(opener)) || someTakesFocus(element) || someTakesFocus(element.shadowRoot)) return;
  for (const around of openers) {
    const id = around.id && window.CSS.escape?.(around.id);
    const caller =
      document.getElementById(around.getAttribute?.('aria-labelledby')) ??
      (id && document.querySelector(`[popovertarget=${id}],[aria-controls=${id}],[commandfor=${id}]`));
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

// A release fills this line: the form's style sheet.
const STYLE = '';

const sheet = new CSSStyleSheet();
wear('');

/** What the form wears, with what comes to it with the second part. */
function wear(more) {
  sheet.replaceSync(STYLE + more);
}

/** What would leave a place, and is nobody's business. */
const KEPT =
  'keydown keyup keypress beforeinput input paste copy cut compositionstart compositionupdate compositionend pointerdown pointerup pointermove pointerover pointerout pointercancel mousedown mouseup mousemove mouseover mouseout click dblclick auxclick contextmenu wheel touchstart touchmove touchend touchcancel focusin focusout drag dragstart dragend dragenter dragover dragleave drop textInput pointerrawupdate DOMActivate DOMFocusIn DOMFocusOut';

/** The parts that hosts may style, of a form that stands in their element. */
const PARTS =
  'dialog,form,field,label,control,error,actions,submit,busy,cancel,status,task-link,close,accent,another,leave,quiet,clear,environment,context,again,done,copy,discard,look';

/** The last place that was made. */
let place;

/**
 * An element of our own that a form is drawn in. Page translators wrap text in elements, and Yew does not find its nodes again; a
 * copy that a page's cache makes of it has no shadow root, and must not take room; Turbo's refreshes leave it alone.
 */
function makePlace() {
  place = document.createElement('bzctrl-dialog');
  const attributes = { translate: 'no', hidden: '', 'data-turbo-permanent': '', exportparts: PARTS };
  for (const name in attributes) place.setAttribute(name, attributes[name]);
  const shadow = place.attachShadow({ mode: 'open' });
  shadow.adoptedStyleSheets = [sheet];
  shadow.append(document.createElement('div'));
  // What is kept says so: a page that is written anew takes all listeners away, and the place is no good any more.
  all(KEPT, (kind) => shadow.addEventListener(kind, (event) => event.stopPropagation((event.kept = true))));
  return place;
}

/** What was told beside an element's button is so no more. */
function untell(element) {
  const alert = element.shadowRoot.querySelector('[role=alert]');
  // Out of the page it cannot even be hidden.
  if (element.isConnected) alert.togglePopover?.(false);
  alert.textContent = '';
}

/** The openings that wait for the WebAssembly or for their words. */
let waits = [];

/** Neither closed meanwhile, nor taken out of the page. */
const isWanted = (wait) => waits.includes(wait) && wait.isConnected <= wait.element.isConnected;

/** Of an element, or all. */
function endWaits(element) {
  waits = waits.filter((wait) => element && wait.element !== element);
  if (!element || frame?.element === element) frame?.leave();
}

function closeAny(element) {
  endWaits(element);
  if (wasm) close(element);
}

async function forgetAll() {
  endWaits();
  await Promise.race([running, ended]);
  forget();
}

const within = (ms, promise) => Promise.race([promise, new Promise((resolve) => setTimeout(resolve, ms))]);

/** Opens the form once its code is here, and its words, or in English where these take too long. */
function openOnceHere(element, values, widget) {
  const words = wordsFor(element, values);
  if (!fail || (wasm && !words?.then)) return openUntilEnd(element, values, widget, words);
  return openLater(element, values, widget, words);
}

async function openLater(element, values, widget, asked) {
  untell(element);
  const wait = { element, isConnected: element.isConnected };
  waits.push(wait);
  element.ariaBusy = 'true';
  const come = within(3000, asked);
  // In the language of the form, where that is known soon.
  within(100, come)
    .then(() => isWanted(wait) && showFrame(element, values, come))
    .catch(() => {});
  try {
    const [words] = await Promise.race([ended, Promise.all([come, running])]);
    if (!isWanted(wait)) return null;
    if (asked && !words) console.error('bzctrl-todo: the words of its language did not come; the form is in English');
    if (frame?.element === element) frame.goes();
    return openUntilEnd(element, values, widget, words);
  } catch (cause) {
    if (isWanted(wait)) throw cause;
    return null;
  } finally {
    waits = waits.filter((it) => it !== wait);
    element.ariaBusy = null;
  }
}

/** Opens the form; answers nothing once the instance has ended. */
function openUntilEnd(element, ...given) {
  if (!fail) return;
  // Code that came late says so no more. What is no element of ours has no such place: it gets no further.
  untell(element);
  asking = element;
  let promise;
  try {
    if (!asker) haveFocus(element);
    // Copies of the form's place, as pages' caches make them, are dead. The form comes in a frame's place, be it that of an instance
    // that did not load.
    for (const place of document.querySelectorAll('bzctrl-dialog')) if (!place.shadowRoot || place.openers) place.remove();
    elements = elements.filter((it) => it !== element && it.isConnected);
    elements.push(element);
    promise = open(element, ...given);
    if (fail) asker = element;
    if (LATER && !asked) asked = fetchLater();
  } catch (cause) {
    // What the page has made of the document has thrown.
    if (fail) end(cause);
  }
  asking = undefined;
  // While a form is open, it is asked for the same promise again.
  return fail ? (promise.untilEnd ??= Promise.race([ended, promise])) : ended;
}

/** Passes a text to the WebAssembly, in place of wasm-bindgen's own function: a unit of UTF-16 is three bytes of UTF-8 at most. */
function passStringToWasm0(text, malloc, realloc) {
  const most = 3 * text.length;
  const at = malloc(most, 1) >>> 0;
  WASM_VECTOR_LEN = cachedTextEncoder.encodeInto(text, getUint8ArrayMemory0().subarray(at, at + most)).written;
  // An empty text has no memory that could be given back.
  return most ? realloc(at, most, WASM_VECTOR_LEN, 1) >>> 0 : at;
}

export { openOnceHere as open, closeAny as close, forgetAll as forget };
