// The order desk's own screen, as it was before BzCtrl came: the list, the open order. It knows nothing of todos.
import { orders } from './orders.js';

/** @typedef {import('./orders.js').Order} Order */

const find = (/** @type {string} */ selector) => /** @type {HTMLElement} */ (document.querySelector(selector));
const day = new Intl.DateTimeFormat('en-GB', { day: '2-digit', month: 'short' });
const time = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const mass = new Intl.NumberFormat('en-GB');
const moment = (/** @type {Date} */ at) => `${day.format(at)} ${time.format(at)}`;

/** An order's address: `#/order/777`. */
const addressOf = (/** @type {Order} */ { number }) => `#/order/${number.replace('ORDER ', '')}`;
const addressed = () => orders.find((order) => addressOf(order) === location.hash);

/** The open order: what the address names, else what it named before, else the one that needs a hand. */
let open = orders[2];

/** @type {((order: Order) => void)[]} */
const listeners = [];

/**
 * Calls `listener` with the open order: now, and each time that another one is opened.
 * @param {(order: Order) => void} listener
 */
export function onOrderOpened(listener) {
  listeners.push(listener);
  listener(open);
}

/**
 * @param {string} tag
 * @param {Record<string, string>} attributes
 * @param {(Node | string)[]} children
 */
function element(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

const cell = (/** @type {string} */ label, /** @type {(Node | string)[]} */ ...children) =>
  element('td', { 'data-label': label }, ...children);

const status = (/** @type {Order} */ order) => element('span', { class: `status ${order.tone}` }, order.status);

/** @type {Map<Order, { row: HTMLElement, link: HTMLElement }>} */
const list = new Map(
  orders.map((order) => {
    const [[container], ...more] = order.containers;
    const link = element('a', { href: addressOf(order) }, order.number);
    const row = element(
      'tr',
      {},
      cell('Order', link),
      cell('Customer', order.customer),
      cell('Container', container, more.length ? ` +${more.length}` : ''),
      cell('LRN', order.lrn),
      cell('Status', status(order)),
      cell('ETA', moment(order.eta)),
    );
    row.addEventListener('click', ({ target }) => target !== link && link.click());
    return [order, { row, link }];
  }),
);

const linkOf = (/** @type {Order} */ order) => list.get(order)?.link;
const shown = () => orders.filter((order) => !list.get(order)?.row.hidden);

/** One row of the list is a stop of the Tab key; the arrow keys move it. */
function stopAt(/** @type {Order | undefined} */ stop) {
  for (const [order, { link }] of list) link.tabIndex = order === stop ? 0 : -1;
}

function moveTo(/** @type {Order | undefined} */ order) {
  if (!order) return;
  stopAt(order);
  linkOf(order)?.focus();
}

function filter() {
  const wanted = /** @type {HTMLInputElement} */ (find('#filter')).value.toLowerCase().replace(/\s/g, '');
  for (const [{ number, customer, lrn, containers }, { row }] of list) {
    const words = [number, customer, lrn, ...containers.map(([container]) => container)];
    row.hidden = !words.some((word) => word.toLowerCase().replace(/\s/g, '').includes(wanted));
  }
  const found = shown();
  stopAt(found.includes(open) ? open : found[0]);
  find('#order-count').textContent = found.length ? `${found.length} of ${orders.length} orders` : 'No order matches';
}

function step(/** @type {number} */ by) {
  const among = shown().includes(open) ? shown() : orders;
  location.hash = addressOf(among[(among.indexOf(open) + by + among.length) % among.length]);
}

/** Fills every `[data-field]` of the page, the tables and the list's mark from the order. */
function showOrder(/** @type {Order} */ order) {
  document.title = `${order.number} · Order desk · Zuidwal Container Terminal`;
  /** @type {Record<string, unknown>} */
  const fields = { ...order, eta: moment(order.eta) };
  for (const [name, value] of Object.entries(order.customs)) fields[`customs.${name}`] = value;
  for (const field of document.querySelectorAll('[data-field]')) {
    field.textContent = String(fields[field.getAttribute('data-field') ?? '']);
  }
  find('#order-status').replaceChildren(status(order));
  find('#containers').replaceChildren(
    ...order.containers.map(([number, type, seal, kilograms, position, state]) =>
      element(
        'tr',
        {},
        cell('Container', number),
        cell('ISO type', type),
        cell('Seal', seal),
        cell('VGM, kg', kilograms === null ? 'missing' : mass.format(kilograms)),
        cell('Position', position),
        cell('State', state),
      ),
    ),
  );
  find('#remarks').replaceChildren(
    ...order.remarks.map(([at, by, text]) => {
      const when = element('time', { datetime: at.toISOString() }, moment(at));
      return element('li', {}, element('p', {}, when, ` ${by}`), element('p', {}, text));
    }),
  );
  for (const [other, { link, row }] of list) {
    row.classList.toggle('open', other === order);
    if (other === order) link.setAttribute('aria-current', 'true');
    else link.removeAttribute('aria-current');
  }
  stopAt(shown().includes(order) ? order : shown()[0]);
}

/** A narrow screen shows one view: the order when the address names one, else the list. */
function showView() {
  document.body.dataset.view = addressed() ? 'order' : 'list';
}

/** On a narrow screen the focus goes with the view. */
function followView() {
  const before = document.body.dataset.view;
  showView();
  const narrow = getComputedStyle(find('.back')).display !== 'none';
  if (narrow && before !== document.body.dataset.view) (addressed() ? find('#order-title') : linkOf(open))?.focus();
}

function shiftAt(/** @type {Date} */ at) {
  const hour = at.getHours();
  if (hour >= 6 && hour < 14) return 'Early shift 06–14';
  return hour >= 14 && hour < 22 ? 'Late shift 14–22' : 'Night shift 22–06';
}

addEventListener('hashchange', () => {
  const before = open;
  open = addressed() ?? open;
  if (open !== before) {
    showOrder(open);
    for (const listener of listeners) listener(open);
  }
  followView();
});

find('#orders').addEventListener('keydown', (event) => {
  const among = shown();
  const at = among.findIndex((order) => linkOf(order) === document.activeElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: among.length - 1 }[event.key];
  if (to === undefined || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  moveTo(among[to]);
});
find('#filter').addEventListener('input', filter);
find('#filter').addEventListener('keydown', ({ key }) => key === 'ArrowDown' && moveTo(shown()[0]));
find('#previous-order').addEventListener('click', () => step(-1));
find('#next-order').addEventListener('click', () => step(1));
find('#print-order').addEventListener('click', () => print());

open = addressed() ?? open;
find('#orders').append(...[...list.values()].map(({ row }) => row));
find('#shift').textContent = `${day.format(new Date())} · ${shiftAt(new Date())}`;
showView();
showOrder(open);
filter();
