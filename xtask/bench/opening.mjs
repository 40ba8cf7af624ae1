// How long a user waits for the form: from a press to the painted form, and from a key to the painted letter, in Chromium with real
// input. Run by hand, on a widget that `cargo xtask package` has built:
//
//   node xtask/bench/opening.mjs WIDGET_FOLDER PUPPETEER_CORE [rounds]
//
// It answers JSON, medians in ms. `click` and `later` are from the press to the first frame with the form, `busy` is how long the
// page's thread worked for it all, until the page stands still; `key` is how long it worked for one letter.
import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { extname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const [widget, puppeteerFolder, rounds = '5', only = ''] = process.argv.slice(2);
const root = resolve(import.meta.dirname, '../..');
const { default: puppeteer } = await import(pathToFileURL(join(resolve(puppeteerFolder), 'lib/esm/puppeteer/puppeteer-core.js')).href);

const kinds = { '.js': 'text/javascript', '.css': 'text/css', '.html': 'text/html', '.svg': 'image/svg+xml', '.wasm': 'application/wasm' };
const server = createServer(async ({ url = '/' }, answer) => {
  const path = new URL(url, 'http://of.it').pathname;
  const file = path.startsWith('/widget/') ? join(resolve(widget), path.slice(8)) : join(root, path === '/' ? 'index.html' : path);
  try {
    const bytes = await readFile(file);
    answer.writeHead(200, { 'content-type': kinds[extname(file)] ?? 'text/plain', 'cache-control': 'max-age=600' }).end(bytes);
  } catch {
    answer.writeHead(503, { 'retry-after': '60' }).end();
  }
});
await new Promise((listens) => server.listen(0, '127.0.0.1', listens));
const address = `http://127.0.0.1:${server.address().port}/`;

const browser = await puppeteer.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-extensions', '--window-size=1280,900'],
  defaultViewport: { width: 1280, height: 900 },
});

const median = (all) => {
  const sorted = all.toSorted((a, b) => a - b);
  return Math.round(sorted[Math.floor(sorted.length / 2)] * 10) / 10;
};
const pause = (ms) => new Promise((over) => setTimeout(over, ms));

/** In the page: waits for the frame in which the form can be seen, and says how long after the press that was. */
const watch = () => {
  const seen = () => {
    for (const place of document.querySelectorAll('bzctrl-dialog')) {
      const title = place.shadowRoot?.querySelector('[name=title]');
      if (title?.checkVisibility()) return true;
    }
  };
  const channel = new MessageChannel();
  window.openedAfter = new Promise((done) => {
    addEventListener(
      'click',
      ({ timeStamp }) => {
        channel.port1.onmessage = () => done(performance.now() - timeStamp);
        const look = () => (seen() ? channel.port2.postMessage(0) : requestAnimationFrame(look));
        requestAnimationFrame(look);
      },
      { capture: true, once: true },
    );
  });
};

const busy = async (page) => (await page.metrics()).TaskDuration * 1000;

async function still(page) {
  let last = await busy(page);
  for (let calm = 0; calm < 3; ) {
    await pause(60);
    const now = await busy(page);
    calm = now - last < 8 ? calm + 1 : 0;
    last = now;
  }
  return last;
}

async function open(page, button, intent) {
  const { x, y } = button;
  if (intent) {
    await page.mouse.move(x, y);
    await pause(300);
    await still(page);
  }
  const before = await still(page);
  await page.evaluate(watch);
  if (!intent) await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.up();
  const click = await page.evaluate(() => window.openedAfter);
  return { click, busy: (await still(page)) - before };
}

async function close(page) {
  const before = await busy(page);
  await pause(1100);
  await page.keyboard.press('Escape');
  await page.waitForFunction(() => {
    const dialog = document.querySelector('bzctrl-dialog')?.shadowRoot.querySelector('dialog');
    return !dialog?.checkVisibility();
  });
  return (await still(page)) - before;
}

async function run(elements, slower, intent) {
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  await page.goto(address, { waitUntil: 'load' });
  await page.evaluate((count) => {
    const grid = document.createElement('div');
    grid.append(...Array.from({ length: count }, (_, at) => Object.assign(document.createElement('span'), { textContent: at % 10 })));
    document.querySelector('main').append(grid);
    for (const it of document.querySelectorAll('bzctrl-todo')) it.addEventListener('bzctrl-error', console.error);
  }, elements);
  const cdp = await page.createCDPSession();
  await page.evaluate(() => document.querySelector('#report-incident').scrollIntoView({ block: 'center' }));
  const place = await (await page.$('#report-incident > button')).boundingBox();
  const button = { x: place.x + place.width / 2, y: place.y + place.height / 2 };
  await cdp.send('Emulation.setCPUThrottlingRate', { rate: slower });
  const first = await open(page, button, intent);
  const closing = await close(page);
  const later = await open(page, button, true);
  await close(page);
  await context.close();
  return { click: first.click, busy: first.busy, later: later.click, laterBusy: later.busy, closing };
}

async function keys(text, slower) {
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  await page.goto(address, { waitUntil: 'load' });
  const cdp = await page.createCDPSession();
  await page.click('#report-incident > button');
  await page.waitForFunction(() => document.querySelector('bzctrl-dialog')?.shadowRoot.querySelector('dialog[open]'));
  await pause(1500);
  await page.evaluate((text) => {
    const control = document.querySelector('bzctrl-dialog').shadowRoot.querySelector('[name=description]');
    control.focus();
    control.setRangeText('The seal of the container is torn. '.repeat(Math.ceil(text / 35)).slice(0, text));
    control.setSelectionRange(text, text);
    control.dispatchEvent(new InputEvent('input', { bubbles: true, composed: true }));
  }, text);
  await cdp.send('Emulation.setCPUThrottlingRate', { rate: slower });
  await still(page);
  const all = [];
  for (let at = 0; at < 12; at++) {
    const before = await still(page);
    await page.keyboard.sendCharacter('x');
    all.push((await still(page)) - before);
  }
  await context.close();
  return median(all);
}

const answers = {};
for (const slower of [1, 4]) {
  if (!only || only === 'open')
    for (const intent of [false, true])
      for (const elements of [0, 5_000, 20_000, 50_000]) {
        const all = [];
        for (let round = 0; round < Number(rounds); round++) all.push(await run(elements, slower, intent));
        const name = `${slower}x ${intent ? 'intent' : 'cold'} +${elements}`;
        answers[name] = Object.fromEntries(Object.keys(all[0]).map((what) => [what, median(all.map((one) => one[what]))]));
        console.error(name, JSON.stringify(answers[name]));
      }
  if (!only || only === 'key')
    for (const text of [0, 20_000, 1_000_000]) {
      answers[`${slower}x key in ${text}`] = await keys(text, slower);
      console.error(`${slower}x key in ${text}`, answers[`${slower}x key in ${text}`]);
    }
}
console.log(JSON.stringify(answers, null, 2));
await browser.close();
server.close();
