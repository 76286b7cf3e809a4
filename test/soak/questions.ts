import { randomBytes, randomUUID } from 'node:crypto';
import type { JWK, JWTPayload } from 'jose';
import { createIssuer, ISSUER, type Issuer, now } from '../support/issuer.ts';
import type { PolicySettings } from '../support/policy.ts';
import type { Door } from '../support/runtimes.ts';
import { breakSignature, encodePart, signHmac } from '../support/tokens.ts';
import type { Flapping } from './flapping.ts';

/** What a client asks, and which answers are right. */
export interface Question {
  /** What the report counts it as. */
  readonly kind: string;
  readonly path: string;
  /** The bearer token; empty: none. */
  readonly token: string;
  /**
   * The right verdicts, as {@link verdictOf} writes them: one, but for what may have changed meanwhile.
   *
   * @param sent when it was sent, in milliseconds
   * @param answered when the answer was there
   */
  expect(sent: number, answered: number): readonly string[];
  /** Another verdict that is right where the source behind the policy was held up. */
  readonly whenHeldUp?: string | undefined;
  /** Whether nothing is waited for on its way. */
  readonly isQuick: boolean;
}

/** Policies that wait for nobody. */
const QUICK = ['steady', 'hmac', 'revoked', 'consumer'];

/** What policies say whose source did not answer in time. */
const WHEN_HELD_UP: Readonly<Record<string, string>> = {
  opaque: '500 bad_introspection',
  brief: '500 keys_unavailable',
};

/** What the clients ask about: tokens and who vouches for them. */
export interface Material {
  readonly issuer: Issuer;
  readonly jwks: { readonly keys: readonly JWK[] };
  /** Files for the container, by absolute path. */
  readonly files: Readonly<Record<string, string>>;
  /** What the introspection endpoint says. */
  introspect(token: string): object;
  /** A question that no slow or failing source has to do with. */
  steady(door: Door): Promise<Question>;
  /** A question to a policy whose keys come and go. */
  unsteady(door: Door, source: Flapping): Promise<Question>;
}

/** The policies, by the last part of their path; `%` stands for the door: each has sources of its own. */
export const POLICIES: Readonly<Record<string, PolicySettings>> = {
  steady: { key_file: '/keys.json' },
  hmac: { key_file: '/secret.json' },
  live: { key_request: '/_live', key_cache: '1s', key_cooldown: '2s' },
  brief: { key_request: '/_brief', key_cache: '1s', key_stale: '0s', key_cooldown: '2s' },
  never: { key_request: '/_never' },
  opaque: {
    ...{ key_file: '/keys.json', introspection_request: '/_introspect' },
    introspection_cache: '5s',
  },
  revoked: { key_file: '/keys.json', revocation_file: '/revoked.json', revocation_cache: '5s' },
  consumer: { consumers_file: '/consumers.json', issuer: 'any' },
};

/** Verified by keys of the file. */
const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'ES384', 'ES512'];

/** Good tokens that come again and again, and those that come seldom. */
const FAMILIAR = 40;
const OPAQUE = 20;

const pick = <Item>(items: readonly Item[]): Item =>
  items[Math.floor(Math.random() * items.length)] as Item;

const always = (...verdicts: string[]) => {
  return () => verdicts;
};

/**
 * Makes keys and tokens.
 *
 * @param seconds how long the tokens must be good at least
 */
export async function makeMaterial(seconds: number): Promise<Material> {
  const issuer = await createIssuer([...ALGORITHMS, 'HS256']);
  const jwks = { keys: issuer.jwks.keys.filter(({ kty }) => kty !== 'oct') };
  const exp = now() + Math.ceil(seconds) + 600;
  const sign = (alg: string, claims: JWTPayload, header: Record<string, unknown> = {}) =>
    issuer.sign(alg, { exp, ...claims }, header);
  const familiar = await Promise.all(
    Array.from({ length: FAMILIAR }, async (_, index) => {
      const sub = `familiar-${index}`;
      return { sub, token: await sign(ALGORITHMS[index % ALGORITHMS.length] as string, { sub }) };
    }),
  );
  const opaque = Array.from({ length: OPAQUE }, (_, index) => ({
    sub: `opaque-${index}`,
    token: randomBytes(24).toString('base64url'),
  }));
  const said = new Map(opaque.map(({ sub, token }) => [token, sub]));
  const secret = randomBytes(24).toString('hex');
  const expired = await Promise.all(ALGORITHMS.map((alg) => sign(alg, { exp: now() - 1 })));
  const revoked = [
    await sign('ES256', { jti: 'lost' }),
    await sign('RS256', { sub: 'mallory', jti: 'whatever' }),
  ];
  const ofConsumer = (iss: string, key = secret) =>
    signHmac(key, { iss, exp, sub: `${iss}-${Math.floor(Math.random() * 50)}` });
  const oversized = await sign('ES256', { sub: 'x'.repeat(13_000) });
  let lapsing = { exp: 0, token: Promise.resolve('') };

  /** A token that ends in a moment: the verdict changes in the very second. */
  async function takeLapsing(): Promise<{ exp: number; token: string }> {
    if (now() > lapsing.exp + 1) {
      const soon = now() + 2;
      lapsing = { exp: soon, token: sign('ES256', { sub: 'lapsing', exp: soon }) };
    }
    const { exp, token } = lapsing;
    return { exp, token: await token };
  }

  /** By policy and kind; each makes a token and says what must become of it. */
  const makers: readonly [
    policy: string,
    kind: string,
    make: () => Promise<[token: string, expect: Question['expect']]>,
  ][] = [
    ['steady', 'good', async () => good(pick(familiar))],
    [
      'steady',
      'good, new',
      async () => {
        const sub = randomUUID();
        return good({ sub, token: await sign(pick(['ES256', 'RS256']), { sub }) });
      },
    ],
    ['steady', 'lapsing', async () => expectLapsing(await takeLapsing())],
    [
      'steady',
      'bad signature',
      async () => [breakSignature(pick(familiar).token), always('401 bad_signature')],
    ],
    ['steady', 'expired', async () => [pick(expired), always('401 not_active')]],
    [
      'steady',
      'random kid',
      async () => [withKid(pick(familiar).token), always('401 unknown_key')],
    ],
    ['steady', 'oversized', async () => [oversized, always('401 invalid_jwt')]],
    ['steady', 'malformed', async () => ['a.b.c', always('401 invalid_jwt')]],
    [
      'steady',
      'alg none',
      async () => [
        `${encodePart({ alg: 'none' })}.${encodePart({ iss: ISSUER })}.`,
        always('401 bad_algorithm'),
      ],
    ],
    [
      'steady',
      'wrong issuer',
      async () => [
        await sign('ES256', { iss: 'https://other.example.com/' }),
        always('401 bad_issuer'),
      ],
    ],
    ['steady', 'none', async () => ['', always('401 empty_token')]],
    [
      'hmac',
      'good, HMAC',
      async () => {
        const sub = `hmac-${Math.floor(Math.random() * 100)}`;
        return good({ sub, token: await sign('HS256', { sub }) });
      },
    ],
    [
      'hmac',
      'bad signature, HMAC',
      async () => [breakSignature(await sign('HS256', {})), always('401 bad_signature')],
    ],
    ['never', 'no keys', async () => [pick(familiar).token, always('500 keys_unavailable')]],
    ['opaque', 'opaque', async () => good(pick(opaque))],
    [
      'opaque',
      'opaque, inactive',
      async () => [randomBytes(24).toString('base64url'), always('401 not_active')],
    ],
    ['opaque', 'good beside opaque', async () => good(pick(familiar))],
    ['revoked', 'revoked', async () => [pick(revoked), always('401 revoked')]],
    ['revoked', 'not revoked', async () => good(pick(familiar))],
    [
      'consumer',
      'consumer',
      async () => {
        const name = pick(['alice', 'bob']);
        const token = ofConsumer(`${name}-key`);
        const { sub } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
        return [token, always(`passes ${sub}|${name}`)];
      },
    ],
    [
      'consumer',
      'consumer, bad signature',
      async () => [ofConsumer('alice-key', 'x'.repeat(48)), always('401 bad_signature')],
    ],
    [
      'consumer',
      'consumer, unknown',
      async () => [ofConsumer(randomUUID()), always('401 unknown_key')],
    ],
  ];

  const unsteady: readonly [
    policy: string,
    kind: string,
    make: () => { token: string; up: string; down: string },
  ][] = [
    ['live', 'good, source flapping', () => same(pick(familiar))],
    [
      'live',
      'random kid, source flapping',
      () => ({
        token: withKid(pick(familiar).token),
        up: '401 unknown_key',
        down: '401 unknown_key',
      }),
    ],
    [
      'brief',
      'good, keys flapping',
      () => ({ ...same(pick(familiar)), down: '500 keys_unavailable' }),
    ],
    [
      'brief',
      'bad signature, keys flapping',
      () => ({
        token: breakSignature(pick(familiar).token),
        up: '401 bad_signature',
        down: '500 keys_unavailable',
      }),
    ],
  ];

  return {
    issuer,
    jwks,
    files: {
      '/keys.json': JSON.stringify(jwks),
      '/secret.json': JSON.stringify(issuer.jwksOf('HS256')),
      '/revoked.json': JSON.stringify(['lost', { sub: 'mallory' }]),
      '/consumers.json': JSON.stringify({
        consumers: ['alice', 'bob'].map((username) => ({
          username,
          jwt_secrets: [{ key: `${username}-key`, secret }],
        })),
      }),
    },
    introspect: (token) => {
      const sub = said.get(token);
      return sub === undefined ? { active: false } : { active: true, iss: ISSUER, sub, exp };
    },
    steady: async (door) => {
      const [policy, kind, make] = pick(makers);
      const [token, expect] = await make();
      return {
        kind,
        path: `/${door}/${policy}`,
        token,
        expect,
        whenHeldUp: WHEN_HELD_UP[policy],
        isQuick: QUICK.includes(policy),
      };
    },
    unsteady: async (door, source) => {
      const [policy, kind, make] = pick(unsteady);
      const { token, up, down } = make();
      const path = `/${door}/${policy}`;
      const expect = (sent: number) => {
        const state = source.stateSince(sent);
        return state === undefined ? [up, down] : [state === 'up' ? up : down];
      };
      return {
        kind,
        path,
        token,
        expect,
        whenHeldUp: WHEN_HELD_UP[policy],
        isQuick: QUICK.includes(policy),
      };
    },
  };
}

function good({ sub, token }: { sub: string; token: string }): [string, Question['expect']] {
  return [token, always(`passes ${sub}|`)];
}

function same({ sub, token }: { sub: string; token: string }) {
  return { token, up: `passes ${sub}|`, down: `passes ${sub}|` };
}

/** A token expires in the second of `exp`. */
function expectLapsing({
  exp,
  token,
}: {
  exp: number;
  token: string;
}): [string, Question['expect']] {
  const end = exp * 1000;
  return [
    token,
    (sent, answered) => [
      ...(sent < end ? ['passes lapsing|'] : []),
      ...(answered >= end ? ['401 not_active'] : []),
    ],
  ];
}

/** The same token, as if a key had signed it that nobody knows. */
function withKid(token: string): string {
  const [header = '', payload, signature] = token.split('.');
  const { alg } = JSON.parse(Buffer.from(header, 'base64url').toString());
  return `${encodePart({ alg, kid: randomUUID() })}.${payload}.${signature}`;
}

/**
 * What became of a request: `passes SUB|CONSUMER`, of which one may be empty, or status and reason
 * of the refusal.
 *
 * @param status status of the answer
 * @param who what the gateway says of who has come
 * @param body the body
 */
export function verdictOf(status: number, who: string | undefined, body: string): string {
  if (status === 200) {
    return body === 'PROTECTED' ? `passes ${who}` : `passes without ${body}`;
  }
  const reason = /"reason":"(\w+)"/.exec(body)?.[1] ?? body.slice(0, 80);
  // Nobody is named who is refused.
  return who === undefined ? `${status} ${reason}` : `${status} ${reason}, and yet ${who}`;
}
