// What stands in the form's place while its code is on its way: the same dialog, with the heading, a bar that moves, and Cancel. A
// file of its own, which is fetched at a press that finds no code. It wears the form's own sheet, and the form comes in its
// place before anything is painted.

/** As high as a form is, so that the heading stays where it is, and as wide a place for Submit. */
const STYLE = `
.loading { height: 637px; animation: painted 0.1s infinite; }
.loading .body { display: grid; align-content: start; gap: var(--_gap); }
.loading i { width: 120px; }
.bar { border-top: 3px solid var(--_accent); animation: busy 0.8s infinite alternate; }
@keyframes busy { from { transform: scaleX(0); } }
@media (max-width: 560px) { .loading { height: auto; } }
@media (prefers-reduced-motion: reduce) {
  .loading { animation: painted 0.1s infinite !important; }
}
`;

/** Heading of an incident and of a task; what is so, and what went wrong; what can be pressed. */
const WORDS = {
  en: ['Report incident', 'Create task', 'The form is loading…', 'The form did not load.', 'Cancel', 'Close', 'Try again'],
  nl: ['Incident melden', 'Taak aanmaken', 'Het formulier wordt geladen…', 'Het formulier is niet geladen.', 'Annuleren', 'Sluiten', 'Opnieuw proberen'],
  de: ['Vorfall melden', 'Aufgabe anlegen', 'Das Formular wird geladen…', 'Das Formular wurde nicht geladen.', 'Abbrechen', 'Schließen', 'Erneut versuchen'],
  fr: ['Signaler un incident', 'Créer une tâche', 'Le formulaire se charge…', 'Le formulaire ne s’est pas chargé.', 'Annuler', 'Fermer', 'Réessayer'],
  ar: ['الإبلاغ عن حادث', 'إنشاء مهمة', 'جارٍ تحميل النموذج…', 'لم يتم تحميل النموذج.', 'إلغاء', 'إغلاق', 'إعادة المحاولة'],
};

/** What would leave the frame, and is nobody's business. */
const KEPT = 'keydown keyup keypress pointerdown pointerup mousedown mouseup click dblclick auxclick contextmenu wheel touchstart touchend focusin focusout';

function make(parent, name, attributes = {}, text = '') {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.textContent = text;
  return parent.appendChild(made);
}

/**
 * An element's form is asked for, and its code is not here yet.
 * @param {any[]} shared What it shares with www/start.js.
 * @param {Promise<unknown>} loaded Settles when it is, or could not be had.
 * @param {() => boolean} isWanted Whether the opening was not ended meanwhile.
 */
export async function wait(shared, element, values, loaded, isWanted) {
  const [sheet, haveFocus, giveFocusBack, leaveFrames, untell, languageFor, CSSStyleSheet, Event] = shared;
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
  const [lang] = languageFor(element, values) ?? ['en'];
  const [incident, task, loading, failed, cancel, close, again] = WORDS[lang] ?? WORDS.en;
  const theme = given('theme');
  const place = document.createElement('bzctrl-dialog');
  for (const name of ['hidden', 'data-turbo-permanent', 'data-loading']) place.setAttribute(name, '');
  place.setAttribute('translate', 'no');
  place.setAttribute('exportparts', 'dialog,form,actions,cancel,accent');
  const shadow = place.attachShadow({ mode: 'open' });
  const own = new CSSStyleSheet();
  own.replaceSync(STYLE);
  shadow.adoptedStyleSheets = [sheet, own];
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
