import { describe, expect, test } from 'vitest';
import { createOutlets, writeClaims } from '../../src/answer/write-claims.ts';
import { authenticate } from '../../src/authenticate.ts';
import { decodeBase64url, decodeUtf8 } from '../../src/base64url.ts';
import { checkRequired } from '../../src/claims/require.ts';
import { isObject, member, parseJson } from '../../src/json.ts';
import { chooseKeys } from '../../src/keys/choose.ts';
import { parseJwks } from '../../src/keys/jwks.ts';
import { isRefusal } from '../../src/refusal.ts';
import { findAlgorithm } from '../../src/signature/algorithms.ts';
import { verifySignature } from '../../src/signature/verify.ts';
import { keySetOf, NO_MEMORY, NO_SERVICES, ringOf } from '../support/fake-ring.ts';
import {
  mainJwks,
  readHttpCases,
  readSourceCases,
  readVectors,
  SUITES,
  settingsFor,
  tokenOf,
  type Vector,
} from '../support/vectors.ts';

/** So that an empty or half a file cannot pass. */
const NUMBER_OF_CASES = {
  rfc: 44,
  'third-party': 27,
  attacks: 256,
  'own-attacks': 1447,
  wycheproof: 423,
} as const;

type Verdict = 'valid' | 'invalid';

/**
 * Where our verdict on an open case is not the one that it prefers, and why: what these cases would
 * refuse, others demand.
 */
const DEVIATIONS: Readonly<Record<string, { verdict: Verdict; reason: string }>> = {
  'wycheproof/key/1': {
    verdict: 'valid',
    reason: 'the key decides, so symmetric keys may stand beside others: see rfc/7515/A.2/all-keys',
  },
  'wycheproof/key/11': {
    verdict: 'valid',
    reason: '32 bytes suffice for every HMAC: see third-party/teslagov/HS384_VALID',
  },
  'wycheproof/key/12': {
    verdict: 'valid',
    reason: '32 bytes suffice for every HMAC: see third-party/teslagov/HS512_VALID',
  },
};

/** Before any token has been seen. */
const UNTOUCHED = prototypes();

describe.each(SUITES)('%s', (name) => {
  const vectors = readVectors(name);

  test(`has ${NUMBER_OF_CASES[name]} cases`, () => {
    expect(vectors).toHaveLength(NUMBER_OF_CASES[name]);
  });

  test.each(vectors.map((vector) => [vector.id, vector] as const))('%s', async (_id, vector) => {
    const { told } = vector;
    expect(await judge(() => judgeToken(vector))).toBe(
      told === undefined ? 'valid' : `${told.reason}/${told.detail}`,
    );
    if (vector.layer === 'jws') {
      const onSignature = await judgeSignature(vector);
      expect(accepted(vector)).toContain(onSignature ? 'valid' : 'invalid');
    }
  });
});

describe('deviations', () => {
  const vectors = SUITES.flatMap(readVectors);
  const deviating = vectors.filter(({ id }) => id in DEVIATIONS);

  test('each is about a vector', () => {
    expect(deviating.map(({ id }) => id).sort()).toEqual(Object.keys(DEVIATIONS).sort());
  });

  test('each is about a vector whose verdict is open', () => {
    expect(deviating.filter((vector) => vector.expect !== 'either')).toEqual([]);
  });
});

describe('the cases for nginx', () => {
  test('are 27 requests, with every token in its place', () => {
    expect(readHttpCases()).toHaveLength(27);
    expect(JSON.stringify(readHttpCases())).not.toContain('{{');
  });

  test('are 11 key sources, whose steps name tokens', () => {
    const names = readSourceCases().flatMap(({ steps }) => steps.map(({ token }) => token ?? '*'));
    expect(readSourceCases()).toHaveLength(11);
    for (const name of names.filter((each) => !each.endsWith('*'))) {
      expect(tokenOf(name).split('.')).toHaveLength(3);
    }
  });

  test('have a key set of their own', () => {
    expect(parseJwks(mainJwks(), 'the vectors').length).toBeGreaterThan(1);
  });
});

test('no vector leaves a trace on the prototypes', () => {
  expect(prototypes()).toEqual(UNTOUCHED);
});

function prototypes(): string[][] {
  return [Object.prototype, Array.prototype, String.prototype].map(Object.getOwnPropertyNames);
}

/** The verdicts on a signature that will do; `either` without a preference leaves both open. */
function accepted({ id, expect: expectation, prefer }: Vector): readonly Verdict[] {
  const deviation = DEVIATIONS[id];
  if (deviation) {
    return [deviation.verdict];
  }
  if (expectation !== 'either') {
    return [expectation];
  }
  return prefer === undefined ? ['valid', 'invalid'] : [prefer];
}

/** A refusal is a verdict; anything else that is thrown is a fault, whatever the vector expects. */
async function judge(decide: () => Promise<void>): Promise<string> {
  try {
    await decide();
    return 'valid';
  } catch (thrown) {
    if (isRefusal(thrown)) {
      return `${thrown.reason}/${thrown.detail}`;
    }
    throw thrown;
  }
}

const AUTHORIZATION = [{ kind: 'header', name: 'Authorization' }] as const;

/** The way of a request, from the token to the variables that `$auth_jwt_require` names. */
async function judgeToken({ token, jwks, policy, now }: Vector): Promise<void> {
  const settings = { ...settingsFor(policy), tokenFrom: AUTHORIZATION };
  const request = { header: () => `Bearer ${token}`, variable: () => undefined, warn: () => {} };
  const load = async () => keySetOf(parseJwks(jwks, 'the vector'));
  const keys = ringOf(keySetOf([]), { load });
  const { token: verified, cache } = await authenticate(settings, {
    request,
    keys,
    known: NO_MEMORY,
    now,
    services: NO_SERVICES,
  });
  const required = settings.require.flatMap(({ names }) => names);
  const variables = Object.fromEntries(required.map((name) => [name, '']));
  writeClaims(variables, verified, cache, createOutlets(), settings.claimSet);
  checkRequired(settings.require, { variable: (name) => variables[name] });
}

/** The signature alone: a compact JWS whose payload may be anything. */
async function judgeSignature({ token, jwks }: Vector): Promise<boolean> {
  const keys = parseJwks(jwks, 'the vector');
  const parts = token.split('.');
  const [header, payload, signature] = parts.map(decodeBase64url);
  const params = header && parseJson(decodeUtf8(header) ?? '');
  if (parts.length !== 3 || !payload || !signature || !isObject(params)) {
    return false;
  }
  const [alg, kid, crit] = ['alg', 'kid', 'crit'].map((name) => member(params, name));
  const algorithm = findAlgorithm(String(alg));
  if (!algorithm || crit !== undefined || (kid !== undefined && typeof kid !== 'string')) {
    return false;
  }
  const signed = { signature, signingInput: token.slice(0, token.lastIndexOf('.')) };
  const { candidates } = chooseKeys(keySetOf(keys), algorithm, kid);
  return verifySignature(signed, algorithm, candidates, (signer) => signer !== undefined);
}
