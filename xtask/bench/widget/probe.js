// Runs in each page before any script of it: the clock. A time is painted when the frame is done that shows it: a message that
// was sent before the frame's drawing is heard after it.
function probe(form) {
  const place = () => {
    const hosts = [...document.body.children].filter((element) => element.matches(form.host));
    return hosts.map((host) => host.shadowRoot ?? host);
  };
  const find = (selector) => place().map((root) => root.querySelector(selector)).find(Boolean);
  const isSeen = (element) => !!element && element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  const afterFrame = (then) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => then(performance.now());
    port2.postMessage(0);
  };
  const frame = () => new Promise((then) => requestAnimationFrame(() => afterFrame(then)));
  const eachFrame = (is) =>
    new Promise((then) => {
      const look = () => (is() ? afterFrame(then) : requestAnimationFrame(look));
      requestAnimationFrame(look);
    });
  const once = (type, is = () => true) =>
    new Promise((then) => {
      const hear = (event) => {
        if (!is(event)) return;
        removeEventListener(type, hear, true);
        then(event);
      };
      addEventListener(type, hear, true);
    });

  const isDialogSeen = () => place().some((root) => isSeen(root.querySelector('dialog, [role=dialog]') ?? (root.matches?.('dialog') ? root : null)));
  const isFormSeen = () => isSeen(find(form.title)) && isSeen(find(form.submit));
  let opening;
  let key;
  globalThis.bench = {
    /** From the next click on: when the dialog is painted, when the form in it, and when a key first gets into it. */
    expect() {
      opening = once('click').then(async ({ timeStamp }) => {
        const since = (time) => time - timeStamp;
        const accepted = once('input', (event) => event.composedPath()[0] === find(form.title)).then(() => performance.now());
        const [dialog, painted] = await Promise.all([eachFrame(isDialogSeen), eachFrame(isFormSeen)]);
        return { dialog: since(dialog), painted: since(painted), at: performance.timeOrigin + painted, accepted: accepted.then(since) };
      });
    },
    painted: async () => {
      const { dialog, painted, at } = await opening;
      return { dialog, painted, at };
    },
    accepted: async () => (await opening).accepted,
    /** Press it where the host's page has a button, in the middle. */
    button() {
      const { x, y, width, height } = document.getElementById('report').getBoundingClientRect();
      return { x: x + width / 2, y: y + height / 2 };
    },
    focus(field) {
      const control = find(form[field]);
      control.focus();
      control.setSelectionRange?.(control.value.length, control.value.length);
    },
    length: (field) => find(form[field]).value.length,
    expectKey() {
      key = once('keydown').then(async ({ timeStamp }) => (await frame()) - timeStamp);
    },
    key: () => key,
    cancel() {
      if (form.cancel) find(form.cancel).click();
      else document.querySelector('bzctrl-todo').close();
      return eachFrame(() => !isDialogSeen());
    },
    frame,
    /** What the host's page itself waited for. */
    load() {
      const [{ loadEventEnd, domContentLoadedEventEnd }] = performance.getEntriesByType('navigation');
      const paint = performance.getEntriesByName('first-contentful-paint')[0];
      return { load: loadEventEnd, ready: domContentLoadedEventEnd, paint: paint?.startTime };
    },
  };
}
