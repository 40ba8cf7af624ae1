#!/usr/bin/env node
// Chromium 109 for a driver of today, to which it is the browser. They speak by pipes (`--remote-debugging-pipe`), in messages
// that end with a zero. The driver calls functions in a way that 109 does not know yet, and is answered as it expects; and
// pages are given their languages, which 109 takes in no other way. All else passes as it is.

import { spawn } from 'node:child_process';
import { createReadStream, createWriteStream } from 'node:fs';

const stdio = ['inherit', 'inherit', 'inherit', 'pipe', 'pipe'];
const browser = spawn(process.env.CHROMIUM_109, process.argv.slice(2), { stdio });
const fromDriver = createReadStream(null, { fd: 3 });
const toDriver = createWriteStream(null, { fd: 4 });
const [toBrowser, fromBrowser] = browser.stdio.slice(3);

/** Where scripts run, by the unique names that the driver uses. 109 wants their numbers. */
const contexts = new Map();
/** Those unique names by session and number: 109 tells the number alone of one that is gone. */
const uniqueIds = new Map();
/** The frames of calls that are not answered yet. */
const frames = new Map();
/** Our own questions, by numbers that the driver does not reach. */
const asked = new Map();
let lastId = 1e9;

const send = (to, message) => to.write(`${JSON.stringify(message)}\0`);
const callOf = ({ sessionId, id }) => `${sessionId} ${id}`;

function ask(sessionId, method, params = {}) {
  const id = ++lastId;
  send(toBrowser, { id, sessionId, method, params });
  return new Promise((answer) => asked.set(id, answer));
}

function toOld(message) {
  const { method, params } = message;
  if (method === 'Runtime.callFunctionOn') {
    const context = contexts.get(params.uniqueContextId);
    if (context) {
      params.executionContextId = context.id;
      frames.set(callOf(message), context.auxData.frameId);
    }
    delete params.uniqueContextId;
    if (params.serializationOptions) params.generateWebDriverValue = true;
    delete params.serializationOptions;
  }
  if (method === 'Page.enable') speak(message.sessionId);
  send(toBrowser, message);
}

async function speak(session) {
  const { userAgent } = await ask(session, 'Browser.getVersion');
  ask(session, 'Emulation.setUserAgentOverride', { userAgent, acceptLanguage: process.env.LANGUAGES });
}

async function toNew(message) {
  const { id, method, params, result, sessionId } = message;
  if (asked.has(id)) {
    asked.get(id)(result);
    asked.delete(id);
    return;
  }
  if (method === 'Runtime.executionContextCreated') {
    const { id, uniqueId } = params.context;
    contexts.set(uniqueId, params.context);
    uniqueIds.set(`${sessionId} ${id}`, uniqueId);
  }
  if (method === 'Runtime.executionContextDestroyed') {
    params.executionContextUniqueId ??= uniqueIds.get(`${sessionId} ${params.executionContextId}`);
  }
  const frame = frames.get(callOf(message));
  frames.delete(callOf(message));
  const value = result?.result;
  if (value?.webDriverValue) {
    value.deepSerializedValue = value.webDriverValue;
    await nameNodes(value, frame, sessionId);
  }
  send(toDriver, message);
}

/** The driver knows nodes by numbers that 109 does not add to what a function answers. */
async function nameNodes({ deepSerializedValue, objectId }, frame, session) {
  const nodes = Object.entries(deepSerializedValue.value ?? []).filter(([, { type }]) => type === 'node');
  if (!nodes.length) return;
  const [tree, items] = await Promise.all([
    ask(session, 'Page.getFrameTree'),
    ask(session, 'Runtime.getProperties', { objectId, ownProperties: true }),
  ]);
  const flat = ({ frame, childFrames = [] }) => [frame, ...childFrames.flatMap(flat)];
  // A page that has just been left answers nothing.
  const { loaderId } = (tree ? flat(tree.frameTree) : []).find(({ id }) => id === frame) ?? {};
  for (const [index, { value }] of nodes) {
    const item = items?.result.find(({ name }) => name === index);
    const told = await ask(session, 'DOM.describeNode', { objectId: item?.value.objectId });
    Object.assign(value, { backendNodeId: told?.node.backendNodeId, loaderId });
  }
}

function read(pipe, take) {
  let held = [];
  pipe.on('data', (bytes) => {
    let start = 0;
    for (let end; (end = bytes.indexOf(0, start)) >= 0; start = end + 1) {
      take(JSON.parse(Buffer.concat([...held, bytes.subarray(start, end)]).toString()));
      held = [];
    }
    held.push(bytes.subarray(start));
  });
}

read(fromDriver, toOld);
read(fromBrowser, toNew);
// Whichever goes first, the other goes too.
for (const pipe of [fromDriver, toDriver, toBrowser, fromBrowser]) pipe.on('error', () => {});
fromDriver.on('end', () => toBrowser.end());
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => browser.kill(signal));
browser.on('error', (error) => {
  console.error(error.message);
  process.exit(1);
});
browser.on('exit', (code) => process.exit(code ?? 1));
