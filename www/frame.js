
// Behind start.js in the glue: the frame of a form whose code, or the words of its language, are not here yet. It is drawn in a place
// as the form's is, stands where that will stand, and can be left; a load that fails is told in it.

// A release fills this line: where these sentences stand among a language's words.
const [INCIDENT, TASK, CANCEL, NOT_LOADED, TRY_NOW] = [];

/** The one that stands. */
let frame;

function make(parent, name, attributes, text = '') {
  const made = document.createElement(name);
  for (const attribute in attributes) made.setAttribute(attribute, attributes[attribute]);
  made.textContent = text;
  parent.append(made);
  return made;
}

/** Shows an element's, unless something stands already, or its form will stand in the page. Its words come in time, or not at all. */
function showFrame(element, values, words) {
  const given = (name, attribute = name) => values?.[name] ?? element.config?.[name] ?? element.getAttribute(attribute);
  if (frame || asker || `${given('inline') ?? false}` != 'false') return;
  haveFocus(element);
  for (const before of document.querySelectorAll('bzctrl-dialog')) if (before.openers) before.remove();
  const place = makePlace();
  place.openers = openers;
  const root = place.shadowRoot.firstChild;
  const [theme = 'auto'] = /^(light|dark)$/.exec(`${given('theme')}`.toLowerCase()) ?? [];
  const dialog = make(root, 'dialog', { class: 'dialog', part: 'dialog', 'data-theme': theme, 'aria-labelledby': 'heading' });
  const form = make(dialog, 'div', { class: 'form', part: 'form', tabindex: -1, autofocus: '' });
  const heading = make(make(form, 'div', { class: 'head' }), 'h2', { class: 'heading', id: 'heading' }, '\xa0');
  const body = make(form, 'div', { class: 'wait' });
  const actions = make(form, 'div', { class: 'actions', part: 'actions' });
  const press = (kind) => make(actions, 'button', { type: 'button', 'data-kind': kind, part: kind });
  const [cancel, again] = all('cancel submit', press);

  // It goes with its element, and once another stands in its place.
  const { isConnected } = element;
  const looks = setInterval(() => (place.isConnected && isConnected <= element.isConnected) || leave(), 100);
  const goes = () => {
    clearInterval(looks);
    place.remove();
    if (frame?.place === place) frame = undefined;
  };
  const leave = () => {
    if (!place.isConnected) return goes();
    goes();
    asker = undefined;
    element.close();
    giveFocusBack(element);
  };
  const waits = () => {
    again.style.visibility = 'hidden';
    body.textContent = '';
    make(body, 'progress', { 'aria-labelledby': 'heading' });
    form.focus();
  };
  const fails = async () => {
    const told = say('not-loaded', NOT_LOADED, 'A part of the form has not loaded yet', await words);
    body.textContent = '';
    make(body, 'p', { role: 'alert' }, told);
    again.style.visibility = '';
    again.focus();
  };
  const say = (key, at, english, words) => given('texts')?.[key] ?? words?.[at] ?? english;
  words.then((words) => {
    root.lang = words?.[0] ?? 'en';
    root.dir = say('dir', 1, 'ltr', words);
    heading.textContent = /task/i.test(given('todoType', 'todo-type'))
      ? say('heading.task', TASK, 'Create task', words)
      : say('heading.incident', INCIDENT, 'Report incident', words);
    cancel.textContent = say('cancel', CANCEL, 'Cancel', words);
    again.textContent = say('try-now', TRY_NOW, 'Try now', words);
  });
  dialog.onclose = cancel.onclick = leave;
  // A fresh instance is fetched; its frame comes in the place of this one.
  again.onclick = () => {
    waits();
    element.open(values).then(leave, () => {
      untell(element);
      fails();
    });
  };
  // A page may have named a frame `body`.
  document.querySelector('body').append(place);
  dialog.showModal();
  // Nobody is kept behind what the page hides.
  if (!dialog.offsetHeight) return goes();
  asker = element;
  frame = { element, place, goes, leave, fails };
  waits();
}
