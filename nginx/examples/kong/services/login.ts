// The login server, and jwt.io of the document: signs a token for whoever asks. For demonstration only.
//
//   /token?who=login_server|alice|bob|partner   whose token
//         &kid=…                                another name of the key
//         &in=header                            the name in the header, not in the claims
//         &secret=…                             another secret
//         &seconds=…                            how long it is good for; less than 0: it has expired

import { createHmac, createPrivateKey, type JsonWebKey, sign } from 'node:crypto';
import { type Call, type Reply, serve } from '../../service.ts';

interface Signer {
  readonly alg: string;
  /** The claim that names the key. */
  readonly claim: string;
  readonly key: string;
}

/** Secrets and the private key of the partner, by the name of the key: made by keys.sh, anew at each start. */
const KEYS = JSON.parse(process.env.KONG_KEYS ?? '{}') as Record<string, string | JsonWebKey>;

const SIGNERS: Readonly<Record<string, Signer>> = {
  login_server: { alg: 'HS256', claim: 'kid', key: '1nzcMG9Xg7n1lLgmltHnkAmkt7yp4fjZ' },
  alice: { alg: 'HS256', claim: 'iss', key: 'alice-key' },
  bob: { alg: 'HS512', claim: 'iss', key: 'bob-key' },
  partner: { alg: 'ES256', claim: 'kid', key: 'partner-key' },
};

const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');

function signatureOf(text: string, { alg, key }: Signer, secret: string | null): string {
  const own = KEYS[key];
  if (own === undefined) {
    throw new Error(`KONG_KEYS has nothing for ${key}: keys.sh makes it`);
  }
  if (typeof own === 'string') {
    return createHmac(alg.replace('HS', 'sha'), secret ?? own)
      .update(text)
      .digest('base64url');
  }
  const privateKey = createPrivateKey({ format: 'jwk', key: own });
  const signature = sign('sha256', Buffer.from(text), {
    key: privateKey,
    dsaEncoding: 'ieee-p1363',
  });
  return signature.toString('base64url');
}

function makeToken({ query }: Call): Reply {
  const signer = SIGNERS[query.get('who') ?? 'login_server'];
  if (signer === undefined) {
    return { status: 404, body: 'Nobody of this name' };
  }
  const name = { [signer.claim]: query.get('kid') ?? signer.key };
  const isInHeader = query.get('in') === 'header';
  const header = { alg: signer.alg, typ: 'JWT', ...(isInHeader && name) };
  const claims = {
    ...(!isInHeader && name),
    name: 'Alice',
    email: 'alice@example.com',
    exp: Math.floor(Date.now() / 1000) + Number(query.get('seconds') ?? 600),
  };
  const text = `${encode(header)}.${encode(claims)}`;
  const signature = signatureOf(text, signer, query.get('secret'));
  return { status: 200, body: `${text}.${signature}` };
}

serve('login', 3001, makeToken);
