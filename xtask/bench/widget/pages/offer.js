// What a host writes to have a form beside its page: its code is fetched when somebody reaches for the button, as the
// widget's is. (Sentry's is the exception: it brings a button's listener of its own.)

/** @param {() => Promise<{ open: () => void }>} load */
export function offer(load) {
  const button = document.getElementById('report');
  let form;
  const fetched = () => (form ??= load());
  button.addEventListener('pointerover', fetched);
  button.addEventListener('focusin', fetched);
  button.addEventListener('click', async () => (await fetched()).open());
}
