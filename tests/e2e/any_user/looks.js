// What of the form cannot be seen whole: what reaches beyond it, is cut, scrolls sideways, or lies over something else.
(() => {
  const root = document.querySelector('bzctrl-dialog').shadowRoot;
  const form = root.querySelector('.form');
  const faults = [];
  const called = (it) =>
    `${it.localName}.${it.getAttribute('class') ?? it.getAttribute('part') ?? ''} "${it.textContent.trim().slice(0, 40)}"`;
  const box = (it) => it.getBoundingClientRect();
  const drawn = (it) => !it.closest('[data-unseen], svg') && it.checkVisibility({ visibilityProperty: true });

  const shortened = (it) => getComputedStyle(it).textOverflow === 'ellipsis';

  const outer = box(form);
  if (outer.left < -1 || outer.top < -1 || outer.right > innerWidth + 1 || outer.bottom > innerHeight + 1) {
    faults.push(`the form is larger than its window: ${[outer.left, outer.top, outer.right, outer.bottom].join()}`);
  }
  const [head, body, foot] = ['.head', '.body', '.actions'].map((part) => root.querySelector(part));
  // Where all of it scrolls, the buttons lie over what is scrolled under them.
  const whole = getComputedStyle(body).overflowY === 'visible';
  const ends = whole ? box(foot).top : box(body).bottom;
  if (box(head).bottom > box(body).top + 1 || (!whole && ends > box(foot).top + 1)) faults.push('its parts lie over each other');
  const left = (whole ? Math.min(innerHeight, ends) : ends) - (whole ? 0 : box(body).top);
  if (left < 48) faults.push(`${Math.round(left)} px are left to type in`);

  for (const it of form.querySelectorAll('*')) {
    const { left, right, width } = box(it);
    if (!drawn(it) || width === 0) continue;
    const { overflowX, overflowY } = getComputedStyle(it);
    if (left < outer.left - 1 || right > outer.right + 1) faults.push(`beyond the form: ${called(it)}`);
    if (it.matches('input, textarea, .control')) continue;
    // What ends in dots is shortened by intention.
    if (shortened(it)) continue;
    if (overflowX !== 'visible' && it.scrollWidth > it.clientWidth + 1) {
      const widest = [...it.querySelectorAll('*')].sort((one, other) => box(other).right - box(one).right)[0];
      faults.push(`scrolls sideways: ${called(it)}, by ${called(widest ?? it)}`);
    }
    if (['hidden', 'clip'].includes(overflowY) && it.scrollHeight > it.clientHeight + 1) faults.push(`cut: ${called(it)}`);
  }

  // A todo's name and an order's number are one word: where there is room for one it is in one line.
  const words = document.createTreeWalker(form, NodeFilter.SHOW_TEXT);
  while (words.nextNode()) {
    const node = words.currentNode;
    if (!drawn(node.parentElement) || shortened(node.parentElement)) continue;
    for (const { 0: name, index } of node.data.matchAll(/[A-Z]{3,}(-\w+)+/g)) {
      const text = new Range();
      text.setStart(node, index);
      text.setEnd(node, index + name.length);
      const lines = [...text.getClientRects()];
      const long = lines.reduce((sum, { width }) => sum + width, 0);
      const room = node.parentElement.closest('a, p, dl, li, div').clientWidth - 32;
      if (new Set(lines.map(({ top }) => Math.round(top))).size > 1 && long < room) faults.push(`in two lines: ${name}`);
    }
  }

  // None of the controls beside each other is stretched to another one's lines.
  for (const it of form.querySelectorAll('.segments')) {
    const words = [...it.querySelectorAll('span')].map((word) => box(word).bottom);
    if (box(it).bottom - Math.max(...words) > 8) faults.push(`stretched: ${called(it)}`);
  }
  const lines = [...form.querySelectorAll('.control > input')].map((it) => box(it).height);
  if (Math.max(...lines) - Math.min(...lines) > 8) faults.push(`inputs of different heights: ${lines.join()}`);

  // What can be read or pressed, each with its places. What lies over the form by intention has a region of its own.
  const over = root.querySelector('.register[open] ul');
  for (const region of over ? [over, head, foot] : [head, body, foot]) {
    const places = [];
    for (const it of region.querySelectorAll('*')) {
      if (!drawn(it) || (over && region !== over && over.contains(it))) continue;
      // What is scrolled out of its place is seen there alone.
      const seen = (at) => {
        const place = it.parentElement.closest('.notice, .body, .register ul');
        if (!place) return at;
        const { top, bottom } = box(place);
        return { left: at.left, right: at.right, top: Math.max(at.top, top), bottom: Math.min(at.bottom, bottom) };
      };
      if (it.matches('input:not([type=radio]), textarea, button:not([data-kind=clear], [data-kind=quiet]), summary')) places.push([it, seen(box(it))]);
      for (const node of it.childNodes) {
        if (node.nodeType !== Node.TEXT_NODE || !node.data.trim()) continue;
        const text = new Range();
        text.selectNodeContents(node);
        const around = box(it.closest('button, span, summary, a, h2, h3, p, dt, dd, div'));
        for (const line of text.getClientRects()) {
          // What ends in dots is seen in its own box alone.
          const [from, to] = shortened(it) ? [box(it).left, box(it).right] : [line.left, line.right];
          const shown = { left: Math.max(from, line.left), right: Math.min(to, line.right), top: line.top, bottom: line.bottom };
          places.push([node, seen(shown)]);
          // An amount as it was read may reach beyond its column: it is one line, so that it moves nothing.
          const reaches = it.closest('[data-kind=amount]') || shortened(it);
          if (!reaches && (line.left < around.left - 2 || line.right > around.right + 2)) faults.push(`wider than its place: ${called(it)}`);
        }
      }
    }
    for (const [at, [one, here]] of places.entries()) {
      for (const [other, there] of places.slice(at + 1)) {
        if (one === other || one.contains(other) || other.contains(one)) continue;
        // In narrow forms what is told of a draft covers what the mark means.
        const [under, above] = [one, other].map((it) => it.parentElement.closest('.restored'));
        if (!under && above && one.parentElement.matches('.needed')) continue;
        const across = Math.min(here.right, there.right) - Math.max(here.left, there.left);
        const down = Math.min(here.bottom, there.bottom) - Math.max(here.top, there.top);
        const words = (it) => (it.data ?? called(it)).trim().slice(0, 40);
        if (across > 2 && down > 3) faults.push(`one over the other: ${words(one)} / ${words(other)}`);
      }
    }
  }
  return [...new Set(faults)];
})()
