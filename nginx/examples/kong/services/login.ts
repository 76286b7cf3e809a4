// The login server, and jwt.io of the document: signs a token for whoever asks. For demonstration only.
//
//   /token?who=login_server|alice|bob|partner   whose token
//         &kid=…                                another name of the key
//         &in=header                            the name in the header, not in the claims
//         &secret=…                             another secret
//         &seconds=…                            how long it is good for; less than 0: it has expired

import { createHmac, createPrivateKey, sign } from 'node:crypto';
import { type Call, type Reply, serve } from '../../service.ts';

interface Signer {
  readonly alg: string;
  /** The claim that names the key. */
  readonly claim: string;
  readonly key: string;
  readonly secret: string;
}

// The private key of the partner stands here only because this service plays the partner, too.
const PARTNER = createPrivateKey({
  format: 'jwk',
  key: {
    kty: 'EC',
    crv: 'P-256',
    x: 'WkDdjGaMmri_09_1i9XMSvlYZuWh1aGDDsxRj71xvx0',
    y: '-cJaUCZVtcFcn3Y9OX8bv40WqurO9J_pM8PKN-99JgM',
    d: 'QXfstG7OU8DAq_hKJOM_2LFMdUBdB5VP3IE32Jo5cco',
  },
});

const SIGNERS: Readonly<Record<string, Signer>> = {
  login_server: {
    alg: 'HS256',
    claim: 'kid',
    key: '1nzcMG9Xg7n1lLgmltHnkAmkt7yp4fjZ',
    secret: 'secret-hash-brown-bear-market-rate-limit',
  },
  alice: {
    alg: 'HS256',
    claim: 'iss',
    key: 'alice-key',
    secret: 'a secret that only alice and the gateway know',
  },
  bob: {
    alg: 'HS512',
    claim: 'iss',
    key: 'bob-key',
    secret: 'a secret that only bob and the gateway know!!',
  },
  partner: { alg: 'ES256', claim: 'kid', key: 'partner-key', secret: '' },
};

const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');

function signatureOf(text: string, { alg }: Signer, secret: string): string {
  return alg === 'ES256'
    ? sign('sha256', Buffer.from(text), { key: PARTNER, dsaEncoding: 'ieee-p1363' }).toString(
        'base64url',
      )
    : createHmac(alg.replace('HS', 'sha'), secret).update(text).digest('base64url');
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
  const signature = signatureOf(text, signer, query.get('secret') ?? signer.secret);
  return { status: 200, body: `${text}.${signature}` };
}

serve('login', 3001, makeToken);
