// What stands in the form's place while its code is on its way: the same dialog, with the heading, a bar that moves, and Cancel. A
// release puts this file behind www/start.js: it comes with the glue, long before the WebAssembly does. The form wears the same
// sheet, and comes in the place of this frame before anything is painted.

// A release fills this line: the form's style sheet.
const STYLE = '';

const sheet = new CSSStyleSheet();
wear('');

/** What the form wears, with what comes to it with the second part. */
function wear(more) {
  sheet.replaceSync(STYLE + more);
  return sheet;
}

/** Heading of an incident and of a task; what is so, and what went wrong; what can be pressed. */
const WORDS = {
  en: ['Report incident', 'Create task', 'The form is loading…', 'The form did not load.', 'Cancel', 'Close', 'Try again'],
  nl: ['Incident melden', 'Taak aanmaken', 'Het formulier wordt geladen…', 'Het formulier is niet geladen.', 'Annuleren', 'Sluiten', 'Opnieuw proberen'],
  de: ['Vorfall melden', 'Aufgabe anlegen', 'Das Formular wird geladen…', 'Das Formular wurde nicht geladen.', 'Abbrechen', 'Schließen', 'Erneut versuchen'],
  fr: ['Signaler un incident', 'Créer une tâche', 'Le formulaire se charge…', 'Le formulaire ne s’est pas chargé.', 'Annuler', 'Fermer', 'Réessayer'],
  ar: ['الإبلاغ عن حادث', 'إنشاء مهمة', 'جارٍ تحميل النموذج…', 'لم يتم تحميل النموذج.', 'إلغاء', 'إغلاق', 'إعادة المحاولة'],
};

/** The language that a form will speak: what its page says nearest to it, or the browser. */
function languageOf(element, values) {
  const said = [values?.lang, element.config?.lang, element.lang, element.closest('[lang]')?.lang, ...navigator.languages];
  const known = said.map((tag) => /^[a-z]+/i.exec(tag)?.[0].toLowerCase()).filter((tag) => tag in WORDS);
  return known[0] ?? 'en';
}

/** What would leave the frame, and is nobody's business. */
const KEPT = 'keydown keyup keypress pointerdown pointerup mousedown mouseup click dblclick auxclick contextmenu wheel touchstart touchend focusin focusout';

function make(parent, name, attributes = {}, text = '') {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.textContent = text;
  return parent.appendChild(made);
}

/** The frames that an element's form, or any dialog, would come in the place of; they go. Says whether there was one. */
function leaveFrames(element) {
  let some = false;
  for (const within of [document, element.shadowRoot])
    for (const place of within.querySelectorAll('bzctrl-dialog')) some = !!place.leaves?.() || some;
  return some;
}

/**
 * An element's form is asked for, and its code is not here yet.
 * @param {Promise<unknown>} loaded Settles when it is, or could not be had.
 * @param {() => boolean} isWanted Whether the opening was not ended meanwhile.
 */
export async function wait(element, values, loaded, isWanted) {
  let over;
  const ends = () => (over = true);
  loaded.then(ends, ends);
  // What comes late may come after the end.
  await loaded.constructor.resolve();
  if (over || !isWanted()) return;

  const given = (name, attribute = name) => values?.[name] ?? element.config?.[name] ?? element.getAttribute(attribute);
  const inline = `${given('inline') ?? false}` != 'false';
  const parent = inline ? element.shadowRoot : document.querySelector('body');
  if (!parent) return;
  leaveFrames(element);
  if (!inline) haveFocus(element);

  const slot = element.shadowRoot.querySelector('slot');
  const lang = languageOf(element, values);
  const [incident, task, loading, failed, cancel, close, again] = WORDS[lang] ?? WORDS.en;
  const theme = given('theme');
  const place = document.createElement('bzctrl-dialog');
  for (const name of ['hidden', 'data-turbo-permanent', 'data-loading']) place.setAttribute(name, '');
  place.setAttribute('translate', 'no');
  place.setAttribute('exportparts', 'dialog,form,actions,cancel,accent');
  const shadow = place.attachShadow({ mode: 'open' });
  shadow.adoptedStyleSheets = [sheet];
  for (const kind of KEPT.split(' ')) shadow.addEventListener(kind, (event) => event.stopPropagation());
  const dialog = make(make(shadow, 'div'), inline ? 'div' : 'dialog', {
    class: inline ? 'page' : 'dialog',
    part: 'dialog',
    'data-theme': ['light', 'dark'].includes(theme) ? theme : 'auto',
    'aria-labelledby': 'heading',
    lang,
    dir: lang == 'ar' ? 'rtl' : 'ltr',
  });
  const form = make(dialog, 'div', { class: 'form loading', part: 'form', tabindex: -1 });
  const head = make(form, 'div', { class: 'head' });
  const isTask = /^task$/i.test(given('todoType', 'todo-type'));
  make(head, 'h2', { class: 'heading', id: 'heading' }, isTask ? task : incident);
  make(head, 'div', { class: 'context' }, '\u00a0');
  const body = make(form, 'div', { class: 'body' });
  const actions = make(form, 'div', { class: 'actions', part: 'actions' });

  const leaves = () => {
    if (!place.leaves) return false;
    place.leaves = undefined;
    removeEventListener('bzctrl-error', fails, true);
    place.remove();
    if (inline) slot.hidden = false;
    else giveFocusBack(element);
    return true;
  };
  const ended = () => {
    if (leaves()) element.close();
  };
  const button = (kind, words, pressed) => {
    // What has just appeared takes no press: it was meant for what stood there before.
    const since = new Event('').timeStamp;
    const made = make(actions, 'button', { type: 'button', 'data-kind': kind, part: kind }, words);
    made.onclick = ({ detail, timeStamp }) => {
      if (detail < 2 && timeStamp > since + 1000) pressed();
    };
    return made;
  };
  const waits = () => {
    body.textContent = actions.textContent = '';
    if (!inline) button('cancel', cancel, ended);
    // Where Submit will stand.
    make(actions, 'i');
    make(body, 'p', { role: 'status', id: 'loading' }, loading);
    make(body, 'div', { class: 'bar', role: 'progressbar', 'aria-labelledby': 'loading' });
    if (!inline) form.focus();
  };
  /** It is told in the frame, no more beside the button. */
  function fails({ target, detail }) {
    if (detail.code != 'load-failed' || (target !== element && (target !== document || element.isConnected))) return;
    untell(element);
    body.textContent = actions.textContent = '';
    make(body, 'p', { role: 'alert' }, failed);
    button('cancel', close, ended);
    const tries = button('accent', again, () => {
      waits();
      element.open(values).catch(() => {});
    });
    if (!inline) tries.focus();
  }

  place.leaves = leaves;
  addEventListener('bzctrl-error', fails, true);
  if (inline) slot.hidden = true;
  parent.append(place);
  // The page may end the opening, or take the element away.
  dialog.onanimationiteration = () => isWanted() || leaves();
  dialog.oncancel = dialog.onclose = ended;
  if (!inline) dialog.showModal();
  waits();
}
