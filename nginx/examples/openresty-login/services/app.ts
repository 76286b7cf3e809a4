// The application: knows its users, and has never seen a token. What it answers to a login with 200
// becomes the claims of one.

import { randomBytes, scryptSync, timingSafeEqual } from 'node:crypto';
import { type Call, type Reply, readCaller, readTexts, serve } from '../../service.ts';

const SALT = randomBytes(16);
const hash = (password: string) => scryptSync(password, SALT, 32);

/** The one user; in earnest there is a database, as in the example go-services. */
const USER = {
  name: 'ehsan',
  email: 'ehsan@example.com',
  role: 'editor',
  hash: hash('open sesame'),
};

function login(body: string): Reply {
  const [name, password] = readTexts(body, ['username', 'password']) ?? [];
  if (name === undefined || password === undefined) {
    return { status: 400, body: { error: 'username and password are needed' } };
  }
  // Both, always: the time of an answer does not tell which was wrong.
  const isPassword = timingSafeEqual(hash(password), USER.hash);
  return name === USER.name && isPassword
    ? { status: 200, body: { sub: USER.name, email: USER.email, role: USER.role } }
    : { status: 401, body: { error: 'wrong username or password' } };
}

serve('app', 5000, (call: Call) => {
  switch (`${call.method} ${call.path}`) {
    case 'POST /login':
      return login(call.body);
    case 'GET /hello':
      return { status: 200, body: 'hello world !\n' };
    case 'GET /whoami':
      return { status: 200, body: readCaller(call) };
    default:
      return { status: 404, body: 'Not found\n' };
  }
});
