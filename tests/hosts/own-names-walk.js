// Reports an incident in frames, each of which has one built-in's name for something of its own. It stands outside of them, since
// such a page breaks scripts that are brought into it, a driver's too.
(() => {
  const AT_ONCE = 6;
  const PATIENCE = 40_000;
  // What has just appeared takes no press for a second.
  const A_LOOK = 1200;

  const sleep = (ms) => new Promise((wake) => setTimeout(wake, ms));
  const until = async (it, patience = PATIENCE) => {
    for (const end = performance.now() + patience; performance.now() < end; await sleep(50)) {
      const found = it();
      if (found) return found;
    }
  };

  /** The built-ins whose names stand in a release's scripts. */
  const used = async () => {
    const { version } = await (await fetch('/widget/v1/manifest.json')).json();
    const files = ['bzctrl.js', 'bzctrl_widget.js'].map((file) => fetch(`/widget/${version}/${file}`).then((it) => it.text()));
    const words = (await Promise.all(files)).join('\n').match(/\b[A-Z][A-Za-z0-9]+\b/g);
    return words.filter((word) => window[word] && ['function', 'object'].includes(typeof window[word]));
  };

  /** What goes wrong; nothing when a todo is made, or when page, user and developer are told. */
  const report = async (how, name) => {
    const frame = document.createElement('iframe');
    frame.style = 'position: fixed; inset: 0; width: 900px; height: 900px; border: 0';
    frame.src = `own-names.html?policy=none#${how}=${name}`;
    document.body.append(frame);
    await new Promise((loaded) => (frame.onload = loaded));
    const { document: page, witness } = frame.contentWindow;
    const heard = (kind) => witness.heard.find(({ type }) => type === `bzctrl-${kind}`);
    const todo = page.querySelector('bzctrl-todo');
    const form = (selector) => page.querySelector('bzctrl-dialog')?.shadowRoot.querySelector(`dialog[open] ${selector}`);
    /** Presses, and once more where nothing comes of it: the form takes a press only once all of it is here. */
    const press = async (selector, there) => {
      for (const end = performance.now() + PATIENCE; performance.now() < end; ) {
        await sleep(A_LOOK);
        form(selector)?.click();
        if (await until(() => there() || heard('error'), PATIENCE / 4)) return true;
      }
    };
    const go = async () => {
      if (!(await until(() => todo.shadowRoot))) return 'no element';
      todo.querySelector('button').click();
      const title = await until(() => form('[name=title]') || heard('error'));
      if (!title) return 'no form';
      for (const control of page.querySelector('bzctrl-dialog')?.shadowRoot.querySelectorAll('[name=title], [name=description]') ?? []) {
        control.value = 'Seal torn';
        control.dispatchEvent(new Event('input', { bubbles: true, composed: true }));
      }
      // The token comes once all of the form is here; before that, who cancels is not asked.
      await until(() => form('[part~=environment]') || heard('error'));
      // The user changes his mind twice.
      if (!(await press('[part~=cancel]', () => form('.question')))) return 'no question';
      if (!(await press('.question [part=accent]', () => !form('.question')))) return 'no way back';
      if (!(await press('[type=submit]', () => heard('created')))) return 'no todo';
      if (heard('error')) {
        const { code } = heard('error');
        const alert = todo.shadowRoot.querySelector('[role=alert]').textContent;
        const named = witness.said.some((line) => line.includes(name));
        return [code === 'load-failed', alert, named].every(Boolean) ? '' : `not told: ${code}, ${alert}, ${witness.said}`;
      }
      if (!(await press('.actions [part=done]', () => heard('close')))) return 'no Close';
      // A page that has such a thing for everybody's may be heard of, but it is no exception of ours.
      return witness.errors.join();
    };
    const wrong = await go().catch((cause) => `${cause}`);
    const told = heard('error') ? 'told' : 'works';
    frame.remove();
    return [how, name, wrong && `${wrong} ${JSON.stringify([witness.errors, witness.said, witness.heard])}`, told];
  };

  /** Each name in each way; what is wrong, and what was told instead. */
  window.walk = async (names, ways) => {
    const all = [...new Set([...(await used()), ...names])].sort();
    const rows = all.flatMap((name) => ways.map((how) => [how, name]));
    const reports = [];
    const next = async () => {
      for (let row; (row = rows.shift()); ) reports.push(await report(...row));
    };
    await Promise.all(Array.from({ length: AT_ONCE }, next));
    return reports;
  };
})();
