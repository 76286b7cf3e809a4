// The login service: registers users and hands out tokens. Users live in SQLite; of a password
// there is a hash only.

import { createHmac, randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { type Call, type Reply, readTexts, serve } from '../../service.ts';

const SECRET = process.env.JWT_SECRET ?? '';
const LIFETIME_SECONDS = 3600;

/** RFC 7518, section 3.2: a key of the size of the hash or larger. */
if (Buffer.byteLength(SECRET) < 32) {
  throw new Error('JWT_SECRET must have 32 bytes at least');
}

/** start.sh makes a folder that only this service can read; without one the users are gone when it ends. */
const folder = process.env.STATE_DIRECTORY;
const database = new DatabaseSync(folder === undefined ? ':memory:' : `${folder}/users.db`);
database.exec(
  'CREATE TABLE IF NOT EXISTS users (name TEXT PRIMARY KEY, salt BLOB NOT NULL, hash BLOB NOT NULL) STRICT',
);
const insertUser = database.prepare('INSERT OR IGNORE INTO users VALUES (?, ?, ?)');
const findUser = database.prepare('SELECT salt, hash FROM users WHERE name = ?');

const derive = promisify<string, Uint8Array, number, ScryptOptions, Buffer>(scrypt);
/** What OWASP recommends for scrypt: 32 MiB for each guess. */
const COST: ScryptOptions = { N: 2 ** 15, r: 8, p: 3, maxmem: 64 * 1024 * 1024 };
const hashPassword = (password: string, salt: Uint8Array) => derive(password, salt, 32, COST);

/** Stands in for a user who does not exist, so that nobody can tell by the time of an answer. */
const NOBODY = { salt: randomBytes(16), hash: randomBytes(32) };

/** Names end up in an address and in a header. */
const NAME = /^[a-z0-9._-]{1,64}$/;

async function register(body: string): Promise<Reply> {
  const [name = '', password = ''] = readTexts(body, ['username', 'password']) ?? [];
  if (!NAME.test(name) || password === '') {
    return { status: 400, body: 'username (a-z 0-9 . _ -) and password are needed\n' };
  }
  const salt = randomBytes(16);
  const { changes } = insertUser.run(name, salt, await hashPassword(password, salt));
  return changes === 1 ? { status: 201, body: '' } : { status: 409, body: 'User exists\n' };
}

async function login(body: string): Promise<Reply> {
  const [name = '', password = ''] = readTexts(body, ['username', 'password']) ?? [];
  const user = findUser.get(name) as typeof NOBODY | undefined;
  const { salt, hash } = user ?? NOBODY;
  const isRight = timingSafeEqual(await hashPassword(password, salt), hash);
  return user !== undefined && isRight
    ? { status: 200, body: { token: signToken(name) } }
    : { status: 401, body: 'Invalid credentials\n' };
}

function signToken(name: string): string {
  const claims = {
    sub: name,
    email: `${name}@example.com`,
    role: 'user',
    exp: Math.floor(Date.now() / 1000) + LIFETIME_SECONDS,
  };
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const input = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`;
  return `${input}.${createHmac('sha256', SECRET).update(input).digest('base64url')}`;
}

serve('auth', 8081, ({ method, path, body }: Call) => {
  switch (`${method} ${path}`) {
    case 'POST /auth/register':
      return register(body);
    case 'POST /auth/login':
      return login(body);
    default:
      return { status: 404, body: 'Not found\n' };
  }
});
