// Makes a case smaller for as long as it stays what it is.

import type { Case, Policy } from './case.ts';
import { ALGORITHMS, encodePart, tokenOf, type World } from './world.ts';

/** How many smaller cases are tried at most. */
const MAX_TRIALS = 1000;

/**
 * Finds a small case like another one.
 *
 * @param found the case
 * @param world who signs again what is left of a token
 * @param isLike whether a case is still what it was
 */
export async function shrink(
  found: Case,
  world: World,
  isLike: (smaller: Case) => Promise<boolean>,
): Promise<Case> {
  let smallest = found;
  let trials = 0;
  for (let isSmaller = true; isSmaller && trials < MAX_TRIALS; ) {
    isSmaller = false;
    for (const candidate of smaller(smallest, world)) {
      trials += 1;
      if (trials > MAX_TRIALS) {
        break;
      }
      if (sizeOf(candidate) < sizeOf(smallest) && (await isLike(candidate))) {
        smallest = candidate;
        isSmaller = true;
        break;
      }
    }
  }
  return smallest;
}

/** A policy that asks for less is smaller. */
function sizeOf({ token, jwks, policy }: Case): number {
  return token.length + jwks.length + JSON.stringify(policy).length;
}

function* smaller(from: Case, world: World): Generator<Case> {
  yield* smallerPolicies(from);
  yield* smallerKeySets(from);
  yield* smallerTokens(from, world);
  for (const token of shorterTexts(from.token)) {
    yield { ...from, token };
  }
  for (const jwks of shorterTexts(from.jwks)) {
    yield { ...from, jwks };
  }
}

function* smallerPolicies(from: Case): Generator<Case> {
  const least: Policy = { algorithms: ALGORITHMS, leeway: 0, requireExp: false };
  yield { ...from, policy: least };
  const { policy } = from;
  for (const name of ['issuers', 'audiences', 'typ', 'maxAge'] as const) {
    const { [name]: _left, ...rest } = policy;
    yield { ...from, policy: rest };
  }
  yield { ...from, policy: { ...policy, leeway: 0 } };
  for (const left of policy.algorithms) {
    const algorithms = policy.algorithms.filter((alg) => alg !== left);
    yield { ...from, policy: { ...policy, algorithms } };
  }
}

function* smallerKeySets(from: Case): Generator<Case> {
  const set = parse(from.jwks);
  const keys = Array.isArray(set?.keys) ? (set.keys as unknown[]) : [];
  const withKeys = (others: unknown[]): Case => ({
    ...from,
    jwks: JSON.stringify({ keys: others }),
  });
  for (let length = keys.length; length >= 1; length = Math.floor(length / 2)) {
    for (let at = 0; at < keys.length; at += length) {
      yield withKeys([...keys.slice(0, at), ...keys.slice(at + length)]);
    }
  }
  for (const [at, key] of keys.entries()) {
    for (const rest of withoutOne(key)) {
      yield withKeys(keys.with(at, rest));
    }
  }
}

/** With one member less in the header or the claims, signed again where the key is ours. */
function* smallerTokens(from: Case, world: World): Generator<Case> {
  const [header = '', claims = '', signature = ''] = from.token.split('.');
  const [head, body] = [decode(header), decode(claims)];
  const others = [
    ...[...withoutOne(parse(head))].map((rest) => [JSON.stringify(rest), body] as const),
    ...[...withoutOne(parse(body))].map((rest) => [head, JSON.stringify(rest)] as const),
    [head, '{}'] as const,
  ];
  const { alg, kid } = parse(head) ?? {};
  const signers = [...world.weak, ...new Set(world.signers)].filter((one) => one.alg === alg);
  const signer = signers.find((one) => one.kid === kid) ?? signers[0];
  for (const [shorterHead, shorterBody] of others) {
    const input = `${encodePart(shorterHead)}.${encodePart(shorterBody)}`;
    yield { ...from, token: `${input}.${signature}` };
    if (signer) {
      yield { ...from, token: tokenOf(signer, shorterHead, shorterBody) };
    }
  }
}

/** Without a stretch of it: long ones first. */
function* shorterTexts(text: string): Generator<string> {
  for (let length = Math.floor(text.length / 2); length >= 1; length = Math.floor(length / 2)) {
    if (text.length / length > 200) {
      return;
    }
    for (let at = 0; at < text.length; at += length) {
      yield text.slice(0, at) + text.slice(at + length);
    }
  }
}

function* withoutOne(value: unknown): Generator<object> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    for (const name of Object.keys(value)) {
      yield Object.fromEntries(Object.entries(value).filter(([other]) => other !== name));
    }
  }
}

function parse(text: string): { readonly [name: string]: unknown } | undefined {
  try {
    const value = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function decode(part: string): string {
  return Buffer.from(part, 'base64url').toString();
}
