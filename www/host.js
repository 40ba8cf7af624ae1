// All that the order desk adds for BzCtrl: its two buttons learn which order is open, and the links that come back are kept.
import { onOrderOpened } from './desk.js';

let openOrder = '';

onOrderOpened((order) => {
  for (const button of document.querySelectorAll('bzctrl-todo')) {
    button.setAttribute('order-id', order.number);
    button.setAttribute('lrn', order.lrn);
  }
  openOrder = order.number;
  showTodos();
});

document.addEventListener('bzctrl-created', (event) => {
  const { orderId, key, taskType, title, taskLink } = /** @type {CustomEvent} */ (event).detail;
  const others = todosOf(orderId).filter((todo) => !key || todo.key !== key); // an answer given again is the same todo
  const todos = [{ key, at: Date.now(), taskType, title, taskLink }, ...others];
  localStorage.setItem(`todos of ${orderId}`, JSON.stringify(todos)); // stands for the order desk's database
  showTodos();
});

/** @type {(orderId: string) => { key?: string, at: number, taskType: string, title: string, taskLink?: string }[]} */
function todosOf(orderId) {
  return JSON.parse(localStorage.getItem(`todos of ${orderId}`) ?? '[]');
}

function showTodos() {
  const rows = todosOf(openOrder).map(({ at, taskType, title, taskLink = '' }) => {
    const row = document.createElement('tr');
    const link = Object.assign(document.createElement('a'), { href: taskLink, target: '_blank', rel: 'noopener' });
    link.append(taskLink.split('/').pop() || taskLink);
    const time = new Date(at).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'short' });
    const cells = [time, taskType, title, /^https?:\/\//.test(taskLink) ? link : taskLink];
    for (const cell of cells) row.insertCell().append(cell ?? '');
    return row;
  });
  document.querySelector('#follow-up tbody')?.replaceChildren(...rows);
}
