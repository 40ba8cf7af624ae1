// What the libraries leave to a host: the dialog around a form, and the fetching of a style sheet.

import { CONTEXT } from './fields.js';

/** A modal dialog around a form that a library draws into an element: `draw` gets it at each opening. */
export function dialog(draw) {
  const dialog = document.createElement('dialog');
  const heading = document.createElement('h2');
  const context = document.createElement('p');
  const menu = document.createElement('menu');
  const cancel = document.createElement('button');
  heading.textContent = 'Report incident';
  context.textContent = Object.entries(CONTEXT).map((pair) => pair.join(' ')).join(' · ');
  cancel.textContent = 'Cancel';
  cancel.className = 'cancel';
  cancel.onclick = () => dialog.close();
  menu.append(cancel);
  document.body.append(dialog);
  return async () => {
    const place = document.createElement('div');
    dialog.replaceChildren(heading, context, place, menu);
    await draw(place);
    dialog.showModal();
    dialog.querySelector('input[type=text]')?.focus();
  };
}

/** A style sheet that a library ships, once it is here. */
export function style(href) {
  const link = document.createElement('link');
  link.rel = 'stylesheet';
  link.href = href;
  document.head.append(link);
  return new Promise((resolve, reject) => Object.assign(link, { onload: resolve, onerror: reject }));
}
