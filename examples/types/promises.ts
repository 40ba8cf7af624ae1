// What the types promise to a page that is written in TypeScript, and what they refuse. Checked, never run.
import { type BzctrlTodo, close, forget, open, type OpenError, preload, version } from 'https://relay.example.com/widget/v1/bzctrl.js';

export async function module() {
  const todo = await open({ domainWorkSpace: 'EXA-CON-BUS-WOR', orderId: 777, category: ['Customs', 'IT'], todoType: 'Incident' })
    .catch((error: OpenError) => (error.code === 'load-failed' ? null : Promise.reject(error)));
  close();
  await Promise.all([preload(), forget()]);
  return [version.length, todo?.taskLink?.length, todo?.key];
}

export function element(todo: BzctrlTodo = document.querySelector('bzctrl-todo')!) {
  todo.config = { orderId: 'ORDER 777', prefillPriority: 'HIGH', locked: ['title'], openLink: 'never' };
  todo.addEventListener('bzctrl-submit', ({ detail }) => detail.todo.orderID || detail.refuse('Which order?'));
  document.addEventListener('bzctrl-close', ({ detail }) => detail.reason === 'unknown');
  return todo.open({ title: 'Seal torn' });
}

export function refused(todo: BzctrlTodo) {
  // @ts-expect-error: a wire name where a setting is meant
  todo.config = { orderID: 'ORDER 777' };
  // @ts-expect-error: none of the words that it may be
  todo.config = { theme: 'blue' };
  // @ts-expect-error: there may be no link
  document.addEventListener('bzctrl-created', ({ detail }) => detail.taskLink.length);
}
