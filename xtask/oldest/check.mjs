// Holds what ships against what the oldest browsers know, by MDN's data: the properties, selectors, values and rules of style
// sheets; the syntax, globals, members and events of scripts.
//
//     node check.mjs FILE…
//
// A member's owner is known by its name alone (`document`, `navigator` …). Elsewhere a name passes if anything that has a member
// of this name has it in all of them: what only new things have is found, a new method of an old name is not.

import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { createRequire } from 'node:module';

const require = createRequire(`${process.env.OLDEST_MODULES}/`);
const data = require('@mdn/browser-compat-data');
const acorn = require('acorn');

const OLDEST = { chrome: '109', firefox: '115', safari: '16.4' };
/** The newest syntax that all of them have. */
const SYNTAX = 2022;

/** What may be newer, and why. */
const EXCEPTIONS = JSON.parse(readFileSync(new URL('exceptions.json', import.meta.url)));

const numbers = (version) => version.replace('≤', '').split('.').map(Number);
function isAtMost(version, limit) {
  const [[major, minor = 0], [lastMajor, lastMinor = 0]] = [numbers(version), numbers(limit)];
  return major < lastMajor || (major === lastMajor && minor <= lastMinor);
}

/** In which of the oldest browsers something is not, and since when it is. */
function lacking({ support }, ownPrefix) {
  return Object.entries(OLDEST).flatMap(([browser, limit]) => {
    const known = [support[browser] ?? []].flat();
    const plain = known.filter(({ flags, prefix, alternative_name: other }) => !flags && prefix === ownPrefix && !other);
    const has = ({ version_added: added, version_removed: removed }) =>
      typeof added === 'string' && added !== 'preview' && isAtMost(added, limit) && !(removed && isAtMost(removed, limit));
    return plain.some(has) ? [] : [`${browser} ${limit} (${plain[0]?.version_added || 'never'})`];
  });
}

const problems = new Map();
const excused = new Set();

/** All that a name may be; one of them is enough. */
function need(what, features, file, prefix) {
  const name = `${basename(file)}: ${what}`;
  const known = features.map((feature) => feature?.__compat).filter(Boolean);
  const lacks = known.map((compat) => lacking(compat, prefix));
  if (!known.length || lacks.some((lack) => !lack.length)) return;
  if (name in EXCEPTIONS) excused.add(name);
  else problems.set(name, `not in ${lacks[0].join(', ')}`);
}

/** All entries of this name, however deep. */
function* named(name, tree) {
  for (const [key, value] of Object.entries(tree)) {
    if (key === '__compat') continue;
    if (key === name) yield value;
    yield* named(name, value);
  }
}

function checkStyle(file) {
  const { properties, selectors, types, 'at-rules': rules } = data.css;
  const text = readFileSync(file, 'utf8').replace(/\/\*.*?\*\//gs, '').replace(/"[^"]*"|'[^']*'/g, '""');
  for (const [, head, end] of text.matchAll(/([^{};]+)([{};])/g)) {
    const declared = end !== '{' && /^\s*([a-z-]+)\s*:(.*)$/s.exec(head);
    if (head.trim().startsWith('@')) {
      const [rule] = /(?<=@)[\w-]+/.exec(head);
      if (!rules[rule]) problems.set(`${basename(file)}: @${rule}`, 'MDN does not know it');
      need(`@${rule}`, [rules[rule]], file);
      if (/[<>]/.test(head)) need(`@${rule} with < or >`, [rules[rule]?.range_syntax], file);
      for (const [name] of head.matchAll(/(?<=\()[a-z-]+/g)) need(`@${rule} (${name})`, [rules[rule]?.[name]], file);
    } else if (declared) {
      const [, property, value] = declared;
      if (property.startsWith('--')) continue;
      const [, prefix, plain] = /^(-webkit-)?(.*)/.exec(property);
      const own = properties[property] ?? properties[plain];
      if (!own) problems.set(`${basename(file)}: ${property}`, 'MDN does not know it');
      need(property, [own], file, properties[property] ? undefined : prefix);
      for (const [word, name, call] of value.matchAll(/(?<![\w#.-])([a-z][\w-]*)(\(?)/g)) {
        if (call) need(word + ')', [...named(name, types), ...named(name, own ?? {})], file);
        else need(`${property}: ${name}`, [own?.[name]], file);
      }
      for (const [, unit] of value.matchAll(/(?<![\w#-])[\d.]+([a-z]+)/g)) need(unit, [...named(unit, types)], file);
    } else if (end === '{') {
      // A selector, nested ones too.
      for (const [colons, name] of head.matchAll(/::?([a-z-]+)/g)) need(colons, [selectors[name]], file);
      if (/(^|\s)&/.test(head)) need('&', [selectors.nesting], file);
    }
  }
}

const OWNERS = { document: 'Document', navigator: 'Navigator', history: 'History', location: 'Location', CSS: 'CSS' };
const { builtins } = data.javascript;
const members = new Map();
for (const owner of [data.api, builtins, builtins.Intl, data.webassembly.api].flatMap((owners) => Object.values(owners))) {
  for (const [key, feature] of Object.entries(owner)) {
    const name = key.replace(/_static$/, '');
    members.set(name, [...(members.get(name) ?? []), feature]);
  }
}

function checkScript(file) {
  const tree = acorn.parse(readFileSync(file, 'utf8'), { ecmaVersion: SYNTAX, sourceType: 'module' });
  const own = new Set();
  const member = (name, object) => {
    const owner = data.api[OWNERS[object] ?? object] ?? builtins[object];
    const feature = owner?.[name] ?? owner?.[`${name}_static`];
    if (feature) need(`${object}.${name}`, [feature], file);
    else if (!own.has(name)) need(`.${name}`, members.get(name) ?? [], file);
  };
  (function walk(node) {
    if (!node?.type) return Array.isArray(node) ? node.forEach(walk) : undefined;
    const { type, object, property, callee, arguments: given } = node;
    if (type === 'ClassBody') for (const { key } of node.body) own.add(key.name);
    if (type === 'MemberExpression' && !node.computed) member(property.name, object.type === 'Identifier' && object.name);
    else if (type === 'Property' && node.value.type !== 'Literal' && !node.computed) member(node.key.name ?? node.key.value);
    else if (type === 'Identifier') need(node.name, [builtins[node.name], data.api[node.name], data.api.Window[node.name]], file);
    if (type === 'CallExpression' && /^addEventListener$/.test(callee.property?.name ?? callee.name))
      need(`event ${given[0].value}`, members.get(`${given[0].value}_event`) ?? [], file);
    for (const [key, value] of Object.entries(node)) if (!['property', 'key'].includes(key) || node.computed) walk(value);
  })(tree);
}

for (const file of process.argv.slice(2)) {
  try {
    file.endsWith('.css') ? checkStyle(file) : checkScript(file);
  } catch (error) {
    problems.set(basename(file), `no syntax of ${SYNTAX}: ${error.message}`);
  }
}
for (const name of Object.keys(EXCEPTIONS)) if (!excused.has(name)) problems.set(`exceptions.json: ${name}`, 'nothing needs it');
for (const [name, lack] of problems) console.log(`${name}: ${lack}`);
process.exit(problems.size ? 1 : 0);
