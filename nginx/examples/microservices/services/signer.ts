// The signer: makes key pairs when it starts, publishes the public halves, and hands a token to
// anyone who asks. For demonstration only.

import { generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto';
import { type Call, type Reply, serve } from '../../service.ts';

const ISSUER = 'https://signer.example/';

interface Signer {
  readonly alg: string;
  /** A new key gets a new name: what was cached of an earlier one cannot be taken for it. */
  readonly kid: string;
  readonly hash: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

const SIGNERS: readonly Signer[] = [
  {
    alg: 'ES512',
    kid: randomUUID(),
    hash: 'sha512',
    ...generateKeyPairSync('ec', { namedCurve: 'P-521' }),
  },
  {
    alg: 'RS256',
    kid: randomUUID(),
    hash: 'sha256',
    ...generateKeyPairSync('rsa', { modulusLength: 2048 }),
  },
];

/** Tokens to ask for: what they change in the claims. */
function changesOf(kind: string, now: number): object | undefined {
  switch (kind) {
    case 'good':
      return {};
    case 'expired':
      return { iat: now - 7200, exp: now - 3600 };
    case 'wrong-issuer':
      return { iss: 'https://elsewhere.example/' };
    case 'no-role':
      return { role: undefined };
    default:
      return undefined;
  }
}

function aliceAt(now: number): object {
  return {
    iss: ISSUER,
    sub: 'alice',
    email: 'alice@example.com',
    role: 'editor',
    aud: 'microservices',
    iat: now,
    exp: now + 3600,
  };
}

function signToken({ alg, kid, hash, privateKey }: Signer, claims: object): string {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const input = `${encode({ alg, kid, typ: 'JWT' })}.${encode(claims)}`;
  // JWS wants the two numbers of an ECDSA signature one after the other (RFC 7518, section 3.4).
  const key = { key: privateKey, dsaEncoding: 'ieee-p1363' } as const;
  return `${input}.${sign(hash, Buffer.from(input), key).toString('base64url')}`;
}

/** By ?alg=ES512|RS256 and ?kind=good|expired|wrong-issuer|no-role. */
function giveToken(query: URLSearchParams): Reply {
  const now = Math.floor(Date.now() / 1000);
  const signer = SIGNERS.find(({ alg }) => alg === (query.get('alg') ?? 'ES512'));
  const changes = changesOf(query.get('kind') ?? 'good', now);
  if (signer === undefined || changes === undefined) {
    const body = 'alg is ES512 or RS256, kind is good, expired, wrong-issuer or no-role\n';
    return { status: 400, body };
  }
  return { status: 200, body: signToken(signer, { ...aliceAt(now), ...changes }) };
}

function publish(): Reply {
  const keys = SIGNERS.map(({ alg, kid, publicKey }) => ({
    ...publicKey.export({ format: 'jwk' }),
    kid,
    alg,
    use: 'sig',
  }));
  return { status: 200, body: { keys } };
}

serve('signer', 8101, ({ path, query }: Call) => {
  switch (path) {
    case '/jwk':
      return publish();
    case '/example-token':
      return giveToken(query);
    default:
      return { status: 404, body: 'Not found\n' };
  }
});
