// The first script of every page that the tests' host serves: it writes down what a page would let pass unseen. It keeps
// what it needs of the page's built-ins, since some of these pages replace them.
(() => {
  const witness = { violations: [], heard: [], errors: [], said: [], kept: false };
  Object.defineProperty(window, 'witness', { value: witness });
  const { isArray } = Array;
  const { stringify } = JSON;
  const { entries, fromEntries } = Object;
  const note = (/** @type {unknown[]} */ list, /** @type {unknown} */ entry) => (list[list.length] = entry);

  /** A value without its functions, as it is now. */
  const copy = (/** @type {any} */ value) => {
    if (typeof value !== 'object' || value === null) return typeof value === 'function' ? undefined : value;
    if (!isArray(value)) return fromEntries(entries(value).map(([name, member]) => [name, copy(member)]));
    const list = [];
    for (const member of value) note(list, copy(member));
    return list;
  };

  /** A value as JSON, whatever `toJSON` the page has given to it: the drivers of some browsers heed that. */
  witness.text = (/** @type {any} */ value) => {
    if (typeof value !== 'object' || value === null) return stringify(value) ?? 'null';
    let text = '';
    for (const [name, member] of entries(value)) {
      text += `${text && ','}${isArray(value) ? '' : `${stringify(name)}:`}${witness.text(member)}`;
    }
    return isArray(value) ? `[${text}]` : `{${text}}`;
  };

  /** A module as the page has it: what a driver runs has in Firefox modules of its own. */
  witness.module = (/** @type {string} */ address) => import(address);

  // The browser had kept the page, and shows it again.
  addEventListener('pageshow', ({ persisted }) => (witness.kept = persisted));

  for (const kind of ['open', 'submit', 'created', 'error', 'close']) {
    addEventListener(`bzctrl-${kind}`, ({ type, detail }) => note(witness.heard, { type, ...copy(detail) }));
  }
  addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sourceFile, lineNumber }) =>
    note(witness.violations, `${violatedDirective} ${blockedURI} ${sourceFile}:${lineNumber}`),
  );
  addEventListener('error', ({ message }) => note(witness.errors, message));
  addEventListener('unhandledrejection', ({ reason }) => note(witness.errors, `rejected: ${reason}`));
  for (const kind of ['error', 'warn']) {
    const say = console[kind];
    console[kind] = (...words) => {
      note(witness.said, words.map(String).join(' '));
      say.apply(console, words);
    };
  }
})();
