// One page in a browser's context of its own, so that nothing is in a cache: loaded, clicked and typed into as a user does
// it, by events of the browser's and not of a script's.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const PROBE = readFileSync(new URL('./probe.js', import.meta.url), 'utf8');
/** How long anything may take. */
const LIMIT = 30_000;
/** How long nothing may have been asked for until a page counts as quiet. */
const QUIET = 150;

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** A fresh browser. It ends with this program, however that ends: it notices by the pipe. */
export function start({ modules, root }) {
  const puppeteer = createRequire(path.join(modules, 'x.js'))('puppeteer-core');
  const args = ['--disable-quic', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run', '--disable-component-update'];
  if (root) args.push('--no-sandbox');
  return puppeteer.launch({ executablePath: process.env.CHROMIUM, headless: true, pipe: true, args, protocolTimeout: LIMIT });
}

export class Page {
  requests = [];
  #open = new Map();
  #changed = Date.now();

  static async open(browser, { cpu = 1, network, elements }, form) {
    const page = new Page();
    page.context = await browser.createBrowserContext();
    page.tab = await page.context.newPage();
    await page.tab.setViewport({ width: 1280, height: 800 });
    page.cdp = await page.tab.createCDPSession();
    await page.cdp.send('Network.enable');
    await page.cdp.send('Performance.enable');
    page.#listen();
    page.cpu = cpu;
    if (form) await page.tab.evaluateOnNewDocument(`(${PROBE})(${JSON.stringify(form, (name, value) => (value instanceof RegExp ? undefined : value))})`);
    else await page.tab.evaluateOnNewDocument(`(${PROBE})({})`);
    if (network) await page.tab.emulateNetworkConditions({ download: network.bits / 8, upload: network.bits / 8, latency: network.latency });
    // A large page is slow enough to lay out: there the opening alone is measured so.
    if (!elements) await page.tab.emulateCPUThrottling(cpu);
    return page;
  }

  close() {
    return this.context.close();
  }

  #listen() {
    const ended = ({ requestId }) => {
      this.#open.delete(requestId);
      this.#changed = Date.now();
    };
    this.cdp.on('Network.requestWillBeSent', ({ requestId, request, type, wallTime }) => {
      this.#changed = Date.now();
      if (!request.url.startsWith('http')) return;
      const { pathname } = new URL(request.url);
      this.#open.set(requestId, { path: pathname, type, began: wallTime * 1000 });
    });
    this.cdp.on('Network.responseReceived', ({ requestId, response }) => {
      const request = this.#open.get(requestId);
      if (request) Object.assign(request, { encoding: response.headers['content-encoding'] ?? response.headers['Content-Encoding'] });
      if (request) request.bytes = Number(response.headers['content-length'] ?? response.headers['Content-Length'] ?? 0);
    });
    this.cdp.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
      const request = this.#open.get(requestId);
      if (request && request.type !== 'Document') this.requests.push({ ...request, wire: encodedDataLength });
      ended({ requestId });
    });
    this.cdp.on('Network.loadingFailed', ended);
  }

  /** Until nothing has been asked for, or come, for a while. */
  async quiet() {
    const limit = Date.now() + LIMIT;
    while (this.#open.size || Date.now() - this.#changed < QUIET) {
      if (Date.now() > limit) throw new Error(`never quiet: ${[...this.#open.values()].map(({ path }) => path)}`);
      await sleep(20);
    }
  }

  async load(address) {
    await this.tab.goto(address, { waitUntil: 'load', timeout: LIMIT });
    await this.quiet();
    const { TaskDuration } = await this.#metrics();
    await this.tab.emulateCPUThrottling(this.cpu);
    return { ...(await this.#bench('load')), work: TaskDuration * 1000 };
  }

  /** A function of the probe's. */
  async #bench(name, ...values) {
    try {
      return await this.tab.evaluate((name, values) => bench[name](...values), name, values);
    } catch (error) {
      throw new Error(`${name}(${values}): ${error.message}`, { cause: error });
    }
  }

  async #metrics() {
    const { metrics } = await this.cdp.send('Performance.getMetrics');
    return Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
  }

  /** What the page holds after its waste was collected: JavaScript's heap, the nodes' and WebAssembly's memory. */
  async heap() {
    await this.cdp.send('HeapProfiler.collectGarbage');
    const { usedSize, embedderHeapUsedSize = 0, backingStorageSize = 0 } = await this.cdp.send('Runtime.getHeapUsage');
    return usedSize + embedderHeapUsedSize + backingStorageSize;
  }

  #mouse(type, { x, y }, rest = {}) {
    return this.cdp.send('Input.dispatchMouseEvent', { type, x, y, ...rest });
  }

  /** The pointer comes to the button and stays, until all that this makes the page fetch is there. */
  async intent() {
    await this.#mouse('mouseMoved', await this.#bench('button'));
    await this.quiet();
    // What was fetched may still be compiled.
    await this.#bench('frame');
    await sleep(150);
  }

  /** A press, of a pointer that was not there before unless there was an intent. */
  async click({ typing }) {
    const at = await this.#bench('button');
    await this.#bench('expect');
    const press = { button: 'left', clickCount: 1 };
    const sent = [this.#mouse('mousePressed', at, press), this.#mouse('mouseReleased', at, press)];
    if (typing) return { accepted: await this.#type() };
    const [opening] = await Promise.all([this.#bench('painted'), ...sent]);
    return opening;
  }

  /** Keys as fast as somebody may press them who does not look, until one has come into the title. */
  async #type() {
    let accepted;
    const waited = this.#bench('accepted').then((time) => (accepted = time));
    const limit = Date.now() + LIMIT;
    while (accepted === undefined) {
      if (Date.now() > limit) throw new Error('no key is taken');
      await this.#key();
      await Promise.race([waited, sleep(4)]);
    }
    return accepted;
  }

  async #key() {
    const key = { key: 'x', code: 'KeyX', windowsVirtualKeyCode: 88 };
    await Promise.all([
      this.cdp.send('Input.dispatchKeyEvent', { type: 'keyDown', text: 'x', ...key }),
      this.cdp.send('Input.dispatchKeyEvent', { type: 'keyUp', ...key }),
    ]);
  }

  async cancel() {
    await this.#bench('cancel');
    await sleep(100);
  }

  /** Keys in the title, then in a description of so many characters: from each to the frame that shows it, and the main
   * thread's work for one. */
  async keys({ presses, description }) {
    const title = await this.#keysIn('title', presses);
    await this.#bench('focus', 'description');
    await this.cdp.send('Input.insertText', { text: 'lorem ipsum '.repeat(description / 12) });
    await this.#bench('frame');
    return { title, description: await this.#keysIn('description', presses) };
  }

  async #keysIn(field, presses) {
    await this.#bench('focus', field);
    const length = await this.#bench('length', field);
    // What was begun by the focus is none of the key's.
    await sleep(150);
    const painted = [];
    for (let press = 0; press < presses; press++) {
      await this.#bench('expectKey');
      await this.#key();
      painted.push(await this.#bench('key'));
    }
    await sleep(100);
    const before = await this.#metrics();
    for (let press = 0; press < presses; press++) {
      await this.#key();
      await sleep(20);
    }
    const after = await this.#metrics();
    const missing = length + 2 * presses - (await this.#bench('length', field));
    if (missing) throw new Error(`${missing} keys have not come into the ${field}`);
    return { painted, work: ((after.TaskDuration - before.TaskDuration) * 1000) / presses };
  }
}
