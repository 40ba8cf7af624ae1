// Drives Chromium through a plan, and writes what it has measured: `node measure.mjs PLAN RESULTS`. The plan says where the
// pages are, which forms, under which conditions, and how often; each round goes through all of them, so that whatever else the
// machine does meets them all alike.

import { readFileSync, writeFileSync } from 'node:fs';
import { FORMS } from './forms.mjs';
import { Page, start } from './page.mjs';

// In words: where in which library it came up helps nobody here.
process.on('uncaughtException', ({ message }) => {
  console.error(`error: ${message}`);
  process.exit(1);
});

const [, , planFile, resultsFile] = process.argv;
const plan = JSON.parse(readFileSync(planFile, 'utf8'));
const results = [];
const began = Date.now();

/** A whole way: the page, perhaps the intent, the click, the form; and what is asked for besides. */
async function run(browser, { form, condition }) {
  const { elements = 0, intent, keys, typing, again = 0, heap, requests } = condition;
  const page = await Page.open(browser, condition, FORMS[form]);
  try {
    const found = { load: await page.load(`${plan.address}/${form}/${elements}.html`) };
    if (form === 'none') return found;
    const before = heap && (await page.heap());
    const atLoad = page.requests.length;
    if (intent) await page.intent();
    found.opening = await page.click({ typing });
    await page.quiet();
    if (requests) found.requests = page.requests.map((request, at) => ({ ...request, when: when(request, at < atLoad, FORMS[form].late, found.opening.at) }));
    if (heap) found.heap = (await page.heap()) - before;
    for (let round = 0; round < again; round++) {
      await page.cancel();
      (found.again ??= []).push(await page.click({}));
    }
    if (keys) found.keys = await page.keys(keys);
    return found;
  } finally {
    await page.close();
  }
}

/** What is asked for once the form stands, or is named as such: it may come before the frame is done. */
const when = ({ path, began }, isAtLoad, late, painted) => (isAtLoad ? 'load' : late?.test(path) || began > painted ? 'after' : 'form');

const all = plan.conditions.flatMap((condition) => condition.forms.map((form) => ({ form, condition })));
let version;
for (let round = 0; round < plan.rounds; round++) {
  const browser = await start(plan);
  version = await browser.version();
  try {
    // What a browser does once, when it has just started, is nobody's: a first page takes it.
    await run(browser, { form: 'none', condition: {} });
    for (let index = 0; index < all.length; index++) {
      // Each round begins with another one: none has the machine's best moment each time.
      const one = all[(index + round * 5) % all.length];
      const start = Date.now();
      try {
        results.push({ form: one.form, condition: one.condition.name, round, ...(await run(browser, one)), took: Date.now() - start });
      } catch (error) {
        throw new Error(`${one.form}, ${one.condition.name}: ${error.message}`);
      }
    }
  } finally {
    await browser.close();
  }
  const rounds = round + 1;
  const seconds = Math.round((Date.now() - began) / 1000);
  console.log(`  round ${rounds} of ${plan.rounds}, ${seconds} s`);
  writeFileSync(resultsFile, JSON.stringify({ browser: version, node: process.version, rounds, results }));
  if (rounds < plan.rounds && seconds + seconds / rounds > plan.minutes * 60) {
    console.log(`  No other round fits into ${plan.minutes} minutes: --minutes gives it more.`);
    break;
  }
}
