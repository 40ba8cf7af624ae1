// A company's own backend in the relay's place, as docs/PROTOCOL.md has it: Node 20 or newer, no package, one process.
import { createHash, randomBytes } from 'node:crypto';
import { fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { createServer } from 'node:http';

const { PORT, ORIGIN, WORKSPACE, TOKEN_ENDPOINT, TASK_ENDPOINT, USERNAME, PASSWORD, JOURNAL } = process.env;
// Yours asks your own sign-in who it is that has this cookie.
const userOf = (request) => /session=([^;]+@[^;]+)/.exec(request.headers.cookie)?.[1];

// What became of each key. A line is on the disk before a todo is sent, and the next one before the answer is told.
const [journal, rows, tokens] = [openSync(JOURNAL, 'a+'), new Map(), new Map()];
const write = (line) => (writeSync(journal, `\n${JSON.stringify(line)}`), fsyncSync(journal));
const keep = (row) => (write(row), rows.set(row.key, row), row);
let epoch;
for (const line of readFileSync(JOURNAL, 'utf8').split('\n')) {
  try {
    const row = JSON.parse(line);
    if (row.epoch) epoch = row.epoch;
    else rows.set(row.key, row.state === 'sending' ? { ...row, state: 'unknown' } : row);
  } catch {} // a line that a crash has cut off: nothing was done on its word
}
if (!epoch) write({ epoch: (epoch = randomBytes(8).toString('hex')) });

let login; // BzCtrl's token, and until when it is used
const bzctrlsToken = async () => {
  if (login?.until > Date.now()) return login;
  const body = new URLSearchParams({ grant_type: 'password', username: USERNAME, password: PASSWORD });
  const answer = await fetch(TOKEN_ENDPOINT, { method: 'POST', body, redirect: 'error', signal: AbortSignal.timeout(15_000) });
  const { access_token: token, expires_in: seconds, error } = await answer.json();
  if ([400, 401].includes(answer.status) && error) return { refused: true }; // user name or password
  if (!answer.ok) throw new Error(`BzCtrl gives no token: ${answer.status}`);
  return (login = { token, until: Date.now() + seconds * 800 });
};

// Sends a todo once, and says what became of it. Whatever is not known for certain is unknown.
const send = async (token, body) => {
  const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' };
  try {
    const signal = AbortSignal.timeout(15_000);
    const answer = await fetch(TASK_ENDPOINT, { method: 'POST', headers, body, redirect: 'manual', signal });
    const [{ status }, text] = [answer, await answer.text()];
    if (status === 401 || status === 429) return { state: 'free', refused: status === 401 };
    if (answer.ok) {
      const { taskLink, title } = JSON.parse(text);
      const isCreated = /^https?:/.test(taskLink) || title === JSON.parse(body).title;
      return isCreated ? { state: 'created', text } : { state: 'unknown' };
    }
    const no = [400, 403, 404, 405, 413, 414, 415, 422, 431, 301, 307, 308].includes(status);
    return no ? { state: 'rejected', upstream: { status, reason: text.slice(0, 2000) } } : { state: 'unknown' };
  } catch (error) {
    const unconnected = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT'].includes(error.cause?.code);
    return { state: unconnected ? 'free' : 'unknown' };
  }
};

// A 401 made no todo: one new token, and one more try.
const deliver = async (token, body) => {
  const first = await send(token, body);
  if (!first.refused) return first;
  if (login?.token === token) login = undefined;
  const fresh = await bzctrlsToken().catch(() => ({}));
  return fresh.token ? send(fresh.token, body) : { state: 'free', refused: fresh.refused };
};

const linkOf = (row) => row.text && JSON.parse(row.text).taskLink;
const told = (row) => ({ outcome: row.state === 'sending' ? 'in-progress' : row.state, taskLink: linkOf(row) });
const say = (row, digest, replayed) => {
  const by = rows.get(row.replacedBy);
  if (by) return [410, 'key-replaced', { ...told(row), replacedBy: told(by) }];
  if (row.digest !== digest && row.state !== 'free') return [422, 'key-reused', told(row)];
  if (row.state === 'created') return [201, row.text, replayed ? { 'Idempotency-Replayed': 'true' } : {}];
  if (row.state === 'rejected') return [502, 'upstream-rejected', { upstream: row.upstream }];
  const free = row.refused ? 'upstream-credentials' : 'upstream-unavailable';
  return { sending: [409, 'in-progress'], free: [503, free], unknown: [504, 'outcome-unknown'] }[row.state];
};

const KEY = /^[\w-]{1,64}\.[0-9a-f]{32}$/;
const create = async (user, headers, text) => {
  const [key, old] = ['idempotency-key', 'x-bzctrl-replaces'].map((name) => headers[name]?.replaceAll('"', ''));
  if (!KEY.test(key) || (old !== undefined && !KEY.test(old)) || key === old) return [400, 'key-invalid'];
  let todo;
  try {
    todo = { ...JSON.parse(text), reporter: user, assignee: user };
  } catch {
    return [400, 'invalid-request'];
  }
  const digest = createHash('sha256').update(JSON.stringify({ ...todo, reporter: 0, assignee: 0 })).digest('hex');
  const [known, replaced] = [rows.get(key), rows.get(old)];
  if (known ? known.user !== user : !key.startsWith(`${epoch}.`)) return [410, 'key-unknown'];
  if (known && known.state !== 'free') return say(known, digest, true);
  if (todo.domainWorkSpace !== WORKSPACE) return [403, 'workspace-denied'];
  const by = rows.get(replaced?.replacedBy); // what is unknown is replaced once
  const isKnown = replaced?.user === user && (replaced.state !== 'unknown' || (by && by !== known && by.state !== 'free'));
  if (isKnown) return say(replaced, replaced.digest, true);
  const { token, refused } = await bzctrlsToken().catch(() => ({}));
  if (!token) return [503, refused ? 'upstream-credentials' : 'upstream-unavailable'];
  if (rows.get(key) !== known) return say(rows.get(key), digest, true); // another request has claimed it meanwhile
  if (replaced?.user === user) keep({ ...replaced, replacedBy: key });
  const row = keep({ key, user, digest, state: 'sending' });
  return say(keep({ ...row, ...(await deliver(token, JSON.stringify(todo))) }), digest);
};

const answer = async (request, text) => {
  const { method, url, headers } = request;
  if (headers.origin !== ORIGIN) return [403, 'origin-denied'];
  if (method === 'OPTIONS') return [204];
  if (method !== 'POST') return [404, 'not-found'];
  if (headers['x-bzctrl-widget'] !== '1') return [400, 'invalid-request'];
  if (url === '/v1/token') {
    const [user, token] = [userOf(request), randomBytes(32).toString('base64url')];
    if (!user) return [403, 'identity-denied', { error: 'unauthorized_client' }];
    tokens.set(token, { user, until: Date.now() + 300_000 });
    const defaults = { domainWorkSpace: WORKSPACE, reporter: user };
    const sealed = { mode: 'sealed', task_endpoint: '/v1/tasks', key_epoch: epoch, environment: 'prod', defaults };
    return [200, JSON.stringify({ access_token: token, token_type: 'Bearer', expires_in: 300, ...sealed })];
  }
  const given = tokens.get(headers.authorization?.replace('Bearer ', ''));
  if (!given || given.until < Date.now()) return [401, given ? 'token-expired' : 'token-invalid'];
  return url === '/v1/tasks' ? create(given.user, headers, text) : [404, 'not-found'];
};

const CORS = {
  'Access-Control-Allow-Credentials': 'true',
  'Access-Control-Allow-Headers': 'authorization, content-type, idempotency-key, x-bzctrl-replaces, x-bzctrl-widget',
  'Access-Control-Expose-Headers': 'Retry-After, Idempotency-Replayed',
};
const server = createServer(async (request, response) => {
  let [text, answered] = ['', [413, 'too-large']];
  for await (const part of request.setEncoding('utf8')) if (text.length < 262_144) text += part;
  if (text.length < 262_144) answered = await answer(request, text).catch(() => [500, 'internal']);
  const [status, said, more] = answered;
  const isProblem = status > 299;
  const headers = { 'Cache-Control': 'no-store', Vary: 'Origin', 'Content-Type': 'application/json', ...(isProblem ? {} : more) };
  if (request.headers.origin === ORIGIN) Object.assign(headers, CORS, { 'Access-Control-Allow-Origin': ORIGIN });
  if (isProblem) headers['Content-Type'] = 'application/problem+json';
  if ([409, 503].includes(status) && said !== 'upstream-credentials') headers['Retry-After'] = '1';
  const body = isProblem ? JSON.stringify({ type: 'about:blank', title: said, status, code: said, ...more }) : said;
  response.writeHead(status, headers).end(body);
});
server.listen(Number(PORT), '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}`));
