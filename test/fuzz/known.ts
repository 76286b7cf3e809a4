// Disagreements that are meant: where jose is laxer than the RFC or our documented limits, and where we read
// key sets as RFC 7517 asks for and jose does not. Each rule explains no more than what it is about: it names the
// one refusal that comes of it and looks for the cause by itself, or it takes the cause away and the two agree. What
// a rule has us refuse we must refuse, also where jose accepts it: there the two would agree, and both be wrong.

import type { Case, Verdict } from './case.ts';
import { createJose } from './judge-jose.ts';

/** A disagreement that is meant. */
export interface Rule {
  readonly name: string;
  /** Why it is right. */
  readonly reason: string;
  /** Whether it explains that the two verdicts on a case differ. */
  explains(fuzzCase: Case, ours: Verdict): boolean | Promise<boolean>;
  /** Whether a case that we accept should have been refused by it. */
  forbids?(fuzzCase: Case): boolean | Promise<boolean>;
}

type Jwk = { readonly [name: string]: unknown };

/** We refuse with exactly this detail, and the token is as it says. */
function refusal(
  name: string,
  reason: string,
  whys: readonly string[],
  isCause: (fuzzCase: Case, detail: string) => boolean,
): Rule {
  return {
    name,
    reason,
    explains: (fuzzCase, { isValid, why }) =>
      !isValid && whys.includes(why) && isCause(fuzzCase, detailOf(why)),
    forbids: (fuzzCase) => whys.some((why) => isCause(fuzzCase, detailOf(why))),
  };
}

function detailOf(why: string): string {
  return why.slice(why.indexOf('/') + 1);
}

/** We take no notice of keys, and jose without them refuses too. */
function withoutKeys(name: string, reason: string, isLeftOut: (key: Jwk) => boolean): Rule {
  const isInvalidWithout = async (fuzzCase: Case, putRight: typeof soundKeys) => {
    const keys = keysOf(fuzzCase);
    const others = keys.filter((key) => !isObject(key) || !isLeftOut(key));
    return others.length < keys.length && !(await isValidFor(fuzzCase, putRight(others)));
  };
  return {
    name,
    reason,
    explains: async (fuzzCase, { isValid }) =>
      !isValid && (await isInvalidWithout(fuzzCase, (keys) => keys)),
    forbids: (fuzzCase) => isInvalidWithout(fuzzCase, soundKeys),
  };
}

/** We accept, and jose does so too once the keys have been put right. */
function withKeys(
  name: string,
  reason: string,
  putRight: (keys: readonly unknown[]) => readonly unknown[],
): Rule {
  return {
    name,
    reason,
    explains: async (fuzzCase, { isValid }) =>
      isValid && (await isValidFor(fuzzCase, putRight(keysOf(fuzzCase)))),
  };
}

/** What a key is made of: others may stand in it, and nobody looks at them. */
function materialOf(key: Jwk): unknown[] {
  const names = { RSA: ['n', 'e'], EC: ['x', 'y'], OKP: ['x'], oct: ['k'] }[String(key.kty)] ?? [];
  return names.filter((name) => name in key).map((name) => key[name]);
}

const isObject = (value: unknown): value is Jwk =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The rules, in the order in which they are asked. */
export const RULES: readonly Rule[] = [
  refusal(
    'canonical base64url',
    'RFC 7515, section 2: no padding, no white space; RFC 4648, section 3.5: one text for the same bytes',
    ['invalid_jwt/base64url'],
    ({ token }) => !token.split('.').every(isCanonical),
  ),
  refusal(
    'critical extensions',
    'RFC 7515, section 4.1.11: none is implemented; jose implements b64',
    ['invalid_jwt/crit'],
    (fuzzCase) => Object.hasOwn(headerOf(fuzzCase), 'crit'),
  ),
  refusal(
    'unencoded payload',
    'RFC 7797, section 7: not for JWTs, whether it is critical or not',
    ['invalid_jwt/b64'],
    (fuzzCase) => ![true, undefined].includes(headerOf(fuzzCase).b64 as boolean),
  ),
  refusal(
    'type of a header parameter',
    'RFC 7515, section 4.1.9: typ is a string',
    ['invalid_jwt/typ'],
    (fuzzCase) => !['string', 'undefined'].includes(typeof headerOf(fuzzCase).typ),
  ),
  refusal(
    'depth',
    'our limit: 24 levels, for the njs engine has no more than 32',
    ['invalid_jwt/header', 'invalid_jwt/payload'],
    (fuzzCase, detail) => depthOf(textOf(fuzzCase, detail)) > 24,
  ),
  refusal(
    'byte order mark',
    'RFC 8259, section 8.1: not in a text that is sent',
    ['invalid_jwt/header', 'invalid_jwt/payload'],
    (fuzzCase, detail) => textOf(fuzzCase, detail).startsWith('\ufeff'),
  ),
  refusal(
    'size',
    'our limit: 16384 characters',
    ['invalid_jwt/size'],
    ({ token }) => token.length > 16384,
  ),
  refusal(
    'times that are no number',
    'RFC 7519, section 2: 1e400 is no time',
    ['invalid_jwt/exp', 'invalid_jwt/nbf', 'invalid_jwt/iat'],
    (fuzzCase, detail) => {
      const { [detail]: time = 0 } = claimsOf(fuzzCase);
      return !Number.isFinite(time);
    },
  ),
  refusal(
    'size of a key set',
    'our limits: 256 keys, 1048576 characters, 24 levels',
    ['cannot_parse/jwks'],
    ({ jwks }) => read(jwks).keys.length > 256 || jwks.length > 1048576 || read(jwks).depth > 24,
  ),
  withoutKeys(
    'strength of RSA',
    'RFC 7518, section 3.3: 2048 bits; our limits: 8192 bits, exponent of 8 bytes, odd, no less than 3',
    ({ kty, n, e }) => kty === 'RSA' && !(isModulus(n) && isExponent(e)),
  ),
  withoutKeys(
    'strength of HMAC',
    'RFC 7518, section 3.2: secrets of 32 bytes at least',
    ({ kty, k }) => kty === 'oct' && Buffer.from(String(k), 'base64url').length < 32,
  ),
  withoutKeys(
    'members that are no strings',
    'RFC 7518, section 6: base64url is text; WebCrypto in Node makes text of what is none, ["…"] for example',
    (key) => materialOf(key).some((value) => typeof value !== 'string'),
  ),
  withoutKeys(
    'canonical base64url of keys',
    'RFC 7518, section 6: base64url, for which there is one text',
    (key) => materialOf(key).some((value) => !isCanonical(String(value))),
  ),
  withoutKeys(
    'length of coordinates',
    'RFC 7518, section 6.2.1.2: the full size of a coordinate of the curve',
    ({ kty, crv, x, y }) => kty === 'EC' && ![x, y].every((one) => isCoordinate(one, String(crv))),
  ),
  {
    name: 'many keys',
    reason:
      'our limit: eight keys are tried for one token, of ES384, ES512 and the longest RSA keys four',
    explains: async (fuzzCase, { isValid }) =>
      !isValid && !(await isValidFor(fuzzCase, firstCandidates(fuzzCase))),
  },
  withKeys(
    'entries that are no keys',
    'RFC 7517, section 5: what is not understood is ignored; jose refuses the set',
    (keys) => keys.filter(isObject),
  ),
  withKeys(
    'members that are not looked at',
    'RFC 7517, section 4: what verifies is taken from a key; jose leaves key_ops, ext and the rest to WebCrypto',
    soundKeys,
  ),
];

/** The rule that explains a disagreement, if one does. */
export async function explain(fuzzCase: Case, ours: Verdict): Promise<Rule | undefined> {
  for (const rule of RULES) {
    if (await rule.explains(fuzzCase, ours)) {
      return rule;
    }
  }
  return undefined;
}

/** The rule that has us refuse a case that we accept, if one does. */
export async function forbid(fuzzCase: Case): Promise<Rule | undefined> {
  for (const rule of RULES) {
    if (await rule.forbids?.(fuzzCase)) {
      return rule;
    }
  }
  return undefined;
}

async function isValidFor(fuzzCase: Case, keys: readonly unknown[]): Promise<boolean> {
  const { token, now } = fuzzCase;
  const judge = createJose({ ...fuzzCase, jwks: JSON.stringify({ keys }) });
  return (await judge(token, now)).isValid;
}

/** Keys as they are for us: what is no key is left out, and what is not looked at. */
function soundKeys(keys: readonly unknown[]): readonly unknown[] {
  return keys.filter(isObject).map(withoutOthers);
}

/** What takes part in a verification, or rules it out. That a key is meant for one is for key_ops to say. */
function withoutOthers({ kty, kid, alg, use, crv, n, e, x, y, k, d, key_ops: ops }: Jwk): Jwk {
  const isMeant = Array.isArray(ops) && ops.includes('verify');
  return { kty, kid, alg, use, crv, n, e, x, y, k, d, key_ops: isMeant ? ['verify'] : ops };
}

/** Those that are tried: the others come too late. */
function firstCandidates(fuzzCase: Case): readonly unknown[] {
  const { kid, alg } = headerOf(fuzzCase);
  // No RSA key of the cases is one of the longest.
  const most = alg === 'ES384' || alg === 'ES512' ? 4 : 8;
  let count = 0;
  return keysOf(fuzzCase).filter((key) => {
    const isCandidate =
      isObject(key) &&
      (kid === undefined || key.kid === kid) &&
      (key.alg === undefined || key.alg === alg);
    count += isCandidate ? 1 : 0;
    return !isCandidate || count <= most;
  });
}

/** What was read last: many cases have one key set. */
let last: { jwks: string; keys: readonly unknown[]; depth: number } | undefined;

function read(jwks: string): NonNullable<typeof last> {
  if (last?.jwks !== jwks) {
    let keys: readonly unknown[] = [];
    try {
      const set = JSON.parse(jwks);
      keys = Array.isArray(set.keys) ? set.keys : [set];
    } catch {
      // No JSON, no keys.
    }
    last = { jwks, keys, depth: depthOf(jwks) };
  }
  return last;
}

function keysOf({ jwks }: Case): readonly unknown[] {
  return read(jwks).keys;
}

function headerOf(fuzzCase: Case): Jwk {
  return JSON.parse(textOf(fuzzCase, 'header'));
}

/** A token whose signature is bad may have a payload that is not JSON. */
function claimsOf(fuzzCase: Case): Jwk {
  try {
    const claims: unknown = JSON.parse(textOf(fuzzCase, 'payload'));
    return isObject(claims) ? claims : {};
  } catch {
    return {};
  }
}

function textOf({ token }: Case, part: string): string {
  const [header = '', payload = ''] = token.split('.');
  return Buffer.from(part === 'header' ? header : payload, 'base64url').toString();
}

/** RFC 4648, sections 3.5 and 5. */
function isCanonical(part: string): boolean {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const left = part.length % 4;
  const last = alphabet.indexOf(part.slice(-1));
  return (
    /^[A-Za-z0-9_-]*$/.test(part) &&
    left !== 1 &&
    (left === 0 || last % (left === 2 ? 16 : 4) === 0)
  );
}

function depthOf(text: string): number {
  const depth = (value: unknown): number =>
    typeof value === 'object' && value !== null
      ? 1 + Math.max(0, ...Object.values(value).map(depth))
      : 0;
  try {
    // Of a repeated name the last value counts, and the limit is for all that is written.
    return Math.max(depth(JSON.parse(text)), deepest(text));
  } catch {
    return 0;
  }
}

/** As the brackets stand that are in no string. */
function deepest(text: string): number {
  const brackets = text.replace(/"(?:[^"\\]|\\.)*"/g, '').replace(/[^[\]{}]/g, '');
  let [depth, most] = [0, 0];
  for (const bracket of brackets) {
    depth += '[{'.includes(bracket) ? 1 : -1;
    most = Math.max(most, depth);
  }
  return most;
}

function isModulus(value: unknown): boolean {
  const bytes = Buffer.from(String(value), 'base64url');
  const bits = bytes.toString('hex').replace(/^0+/, '');
  const length = bits.length * 4 - (Math.clz32(parseInt(bits.charAt(0) || '0', 16)) - 28);
  const isOdd = (bytes.at(-1) ?? 0) % 2 === 1;
  return bytes[0] !== 0 && isOdd && length >= 2048 && length <= 8192;
}

function isExponent(value: unknown): boolean {
  const bytes = Buffer.from(String(value), 'base64url');
  const isOdd = (bytes.at(-1) ?? 0) % 2 === 1;
  return bytes[0] !== 0 && isOdd && bytes.length <= 8 && !(bytes.length === 1 && bytes[0] === 1);
}

function isCoordinate(value: unknown, crv: string): boolean {
  const length = { 'P-256': 32, 'P-384': 48, 'P-521': 66 }[crv];
  return Buffer.from(String(value), 'base64url').length === length;
}
