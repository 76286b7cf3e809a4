// The login service: knows the clients and what they may do. Its answer becomes claims.

import { createHash, timingSafeEqual } from 'node:crypto';
import { type Call, type Reply, readTexts, serve } from '../../service.ts';

/** In earnest there is a database, and secrets of 128 random bits, which need no slow hash. */
const CLIENTS = [
  { client: 'Krissanawat', secret: hash('unicorns'), roles: [] },
  { client: 'Alice', secret: hash('wonderland'), roles: ['billing', 'reports'] },
  { client: 'Bob', secret: hash('builder'), roles: ['reports'] },
] as const;

function hash(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

function login(body: string): Reply {
  const [client = '', secret = ''] = readTexts(body, ['client', 'secret']) ?? [];
  const known = CLIENTS.find((each) => each.client === client);
  if (known === undefined || !timingSafeEqual(hash(secret), known.secret)) {
    return { status: 401, body: 'Something Went Wrong: unknown client or secret\n' };
  }
  const { roles } = known;
  const claims = { authorized: true, client };
  return { status: 200, body: roles.length > 0 ? { ...claims, roles } : claims };
}

serve('login', 9000, ({ method, path, body }: Call) =>
  method === 'POST' && path === '/login' ? login(body) : { status: 404, body: 'Not found\n' },
);
