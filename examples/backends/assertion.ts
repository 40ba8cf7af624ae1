// A host's backend in Node, TypeScript: GET /me/assertion of the user of its session.
import { createPrivateKey, randomUUID, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';

const key = createPrivateKey(readFileSync(process.env.KEY_FILE!));
const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');

export function assertion(email: string): string {
  const now = Math.floor(Date.now() / 1000);
  const header = { alg: 'RS256', typ: 'JWT', kid: process.env.KEY_ID };
  const { ISSUER: iss, AUDIENCE: aud } = process.env; // AUDIENCE: https://relay.example.com/v1/token
  const claims = { iss, aud, sub: email, email, iat: now, exp: now + 60, jti: randomUUID() };
  const message = `${encode(header)}.${encode(claims)}`;
  return `${message}.${sign('sha256', Buffer.from(message), key).toString('base64url')}`;
}
