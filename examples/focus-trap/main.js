import { createFocusTrap } from 'focus-trap';
import '../plain/links.js';

const order = /** @type {HTMLElement} */ (document.querySelector('#order'));
const trap = createFocusTrap(order, { onDeactivate: () => (order.hidden = true) });
document.querySelector('#open')?.addEventListener('click', () => {
  order.hidden = false;
  trap.activate();
});
document.querySelector('#done')?.addEventListener('click', () => trap.deactivate());

// Two traps for one focus fight: the page's own rests while the form is open.
document.addEventListener('bzctrl-open', () => trap.pause());
document.addEventListener('bzctrl-close', () => trap.unpause());
