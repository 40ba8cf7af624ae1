// Draws the list of todos, or the one that the address's hash names. What came in is only ever set as text.

/**
 * @typedef {{ field: string, value: string | string[], unit: string | null }} Row
 * @typedef {{ field: string, text: string }} Tag
 * @typedef {{ id: string, title: string, type: string, status: string, receivedAt: string,
 *   dueDate: string | null, tags: Tag[], fields: Row[], notSent: string[], request: string }} Todo
 */

const NAME = "Sandbox, not BzCtrl";
const main = /** @type {HTMLElement} */ (document.getElementById("main"));
const time = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" });

/**
 * An element with a class, and texts or elements in it.
 * @param {string} tag
 * @param {string} [className]
 * @param {...(Node | string)} content
 */
function element(tag, className, ...content) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...content);
  return made;
}

/** @param {string} address @param {...(Node | string)} content */
function link(address, ...content) {
  const made = document.createElement("a");
  made.href = address;
  made.append(...content);
  return made;
}

/**
 * What people wrote, in the direction of its own script.
 * @param {string} tag
 * @param {string} className
 * @param {Node | string} content
 */
function written(tag, className, content) {
  const made = element(tag, className, content);
  made.dir = "auto";
  return made;
}

/** @param {Todo} todo */
const addressOf = (todo) => `#/todo/${encodeURIComponent(todo.id)}`;

/** @param {string} word `IN PROGRESS` as `In progress` */
const told = (word) => word.charAt(0) + word.slice(1).toLowerCase();

/** @param {Todo} todo */
function marks(todo) {
  const status = element("span", "mark", told(todo.status));
  status.dataset.status = todo.status;
  return element("span", "marks", element("span", "mark type", told(todo.type)), status);
}

/** @param {Todo} todo */
function tags(todo) {
  return element("span", "tags", ...todo.tags.map((tag) => {
    const chip = written("span", "tag", tag.text);
    chip.title = tag.field;
    return chip;
  }));
}

/** @param {Todo[]} todos */
function list(todos) {
  const heading = element("h1", "", "Todos");
  if (todos.length === 0) {
    return [
      heading,
      element("div", "empty",
        element("p", "", "Nothing has come in yet."),
        element("p", "", "A todo appears here as soon as one is posted to add-task. bzctrl-sandbox --help shows how, with two commands.")),
    ];
  }
  const items = [...todos].reverse().map((todo) => element("li", "",
    element("span", "id", todo.id),
    element("div", "what", written("span", "title", link(addressOf(todo), todo.title)), tags(todo)),
    marks(todo),
    element("span", "quiet when", time.format(new Date(todo.receivedAt)))));
  const count = todos.length === 1 ? "1 todo, " : `${todos.length} todos, newest first, `;
  return [
    heading,
    element("p", "quiet", count, link("/sandbox/todos", "as JSON"), " · ", link("/sandbox/requests", "requests")),
    element("ul", "list", ...items),
  ];
}

/** @param {Row} row */
function fieldOf(row) {
  const value = Array.isArray(row.value)
    ? element("dd", "several", ...row.value.map((text) => written("span", "value", text)))
    : element("dd", "", written("div", "value", row.value));
  if (row.unit) value.prepend(element("span", "unit", row.unit));
  value.dataset.field = row.field;
  return [element("dt", "", element("code", "", row.field)), value];
}

/** @param {Todo} todo */
function one(todo) {
  const facts = [element("div", "", element("dt", "", "Received"), element("dd", "", time.format(new Date(todo.receivedAt))))];
  if (todo.dueDate) {
    const due = element("dd", "", todo.dueDate);
    due.dataset.due = todo.dueDate;
    facts.push(element("div", "", element("dt", "", "Due date"), due));
  }
  facts.push(element("div", "", element("dt", "", "Tags"), element("dd", "", tags(todo))));
  const parts = [
    element("nav", "", link("#/", "← All todos")),
    element("p", "id", todo.id),
    written("h1", "", todo.title),
    marks(todo),
    element("dl", "facts", ...facts),
    element("h2", "", "Fields as they were sent"),
    element("dl", "fields", ...todo.fields.flatMap(fieldOf)),
  ];
  if (todo.notSent.length > 0) {
    const names = todo.notSent.flatMap((name) => [" ", element("code", "", name)]);
    parts.push(element("p", "quiet", "Not sent:", ...names));
  }
  parts.push(element("details", "",
    element("summary", "", "Raw request body"),
    element("pre", "", todo.request)));
  return parts;
}

/** @param {string} id */
function unknown(id) {
  return [
    element("nav", "", link("#/", "← All todos")),
    element("h1", "", `There is no todo ${id} here`),
    element("p", "", "The sandbox forgets its todos when it stops, and when a test tells it to. The number may also be mistyped."),
  ];
}

/** @param {string} hash */
function idIn(hash) {
  const named = /^#\/todo\/(.+)$/.exec(hash)?.[1];
  if (named === undefined) return undefined;
  try {
    return decodeURIComponent(named);
  } catch {
    return named;
  }
}

let shown = "";

/** @param {boolean} moved whether the address has changed, rather than the todos */
async function draw(moved) {
  let todos = /** @type {Todo[]} */ ([]);
  try {
    const answer = await fetch("todos.json");
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    todos = await answer.json();
  } catch {
    document.title = NAME;
    shown = "";
    main.replaceChildren(
      element("h1", "", "The sandbox does not answer"),
      element("p", "", "It was stopped, and its todos are gone with it. Start it again and reload this page."));
    return;
  }
  const id = idIn(location.hash);
  const todo = todos.find((it) => it.id === id);
  const state = JSON.stringify([id, todo ?? todos]);
  if (state === shown) return;
  shown = state;
  document.title = todo ? `${todo.title} · ${NAME}` : NAME;
  main.replaceChildren(...(todo ? one(todo) : id === undefined ? list(todos) : unknown(id)));
  if (moved) {
    scrollTo(0, 0);
    main.focus({ preventScroll: true });
  }
}

addEventListener("hashchange", () => void draw(true));
addEventListener("focus", () => void draw(false));
void draw(false);
