import { type ClaimsPolicy, type ClaimsRequest, checkClaims } from '../claims/check.ts';
import { remainingLife } from '../claims/time.ts';
import { parseKnownVerbatim, parseVerbatim } from '../exact/verbatim.ts';
import { isObject, type JsonObject, member } from '../json.ts';
import { refuse } from '../refusal.ts';
import { MAX_TOKEN_LENGTH, type Token } from '../token/decode.ts';
import type { IntrospectionAnswers } from './answers.ts';

/** Which tokens are introspected, and by whom. */
export interface IntrospectionPolicy {
  /** URI of the internal location: `$auth_jwt_introspection_request`. */
  readonly endpoint: string;
  /** Whose location that is: another `server {}` may have another one of the same URI. */
  readonly server: string;
  /** Whether every token is, or only those that are no JWT: `$auth_jwt_introspection`. */
  readonly isForAll: boolean;
  /** How long a good answer counts, in seconds: `$auth_jwt_introspection_cache`. */
  readonly cache: number;
}

/** Who answers for tokens. */
export interface Introspector {
  /** What endpoints have said a moment ago. */
  readonly answers: IntrospectionAnswers;
  /** Asks an endpoint of a token, a location of this server; rejects with a Refusal where it does not answer. */
  introspect(endpoint: string, server: string, token: string): Promise<string>;
}

/** What introspection needs of the world. */
export interface IntrospectionWorld {
  /** Variables that claims are compared with, and the error log. */
  readonly request: ClaimsRequest;
  readonly services: Introspector;
  /** Seconds since the epoch. */
  readonly now: number;
}

/** How long it counts that a token is not active, in seconds; no longer than a good answer. */
const MAX_INACTIVE = 10;

/**
 * Has a token introspected (RFC 7662), or finds what was said of it a moment ago; then its claims are checked
 * like those of any other.
 *
 * @param compact the token as it came
 * @param policy which endpoint
 * @param wanted the policy for the claims
 * @param world request, memory and clock
 * @param jwt the same token, where it is a JWT that has been verified: its header stays
 * @returns the token, now trusted
 * @throws Refusal `not_active`, detail `inactive`; `invalid_jwt`, detail `opaque`, where it is no token at all;
 * `bad_introspection` and `cannot_parse` where the endpoint fails; whatever the claims come to
 */
export async function introspect(
  compact: string,
  policy: IntrospectionPolicy,
  wanted: ClaimsPolicy,
  world: IntrospectionWorld,
  jwt?: Token,
): Promise<{ token: Token; cache: 'HIT' | 'MISS' | 'OFF' }> {
  if (compact.length > MAX_TOKEN_LENGTH || !TOKEN.test(compact)) {
    throw refuse('invalid_jwt', compact.length > MAX_TOKEN_LENGTH ? 'size' : 'opaque');
  }
  const { now, request } = world;
  const { answers } = world.services;
  const known = await answers.find(answersOf(policy), compact);
  const answer = known === undefined ? await ask(compact, policy, world) : toAnswer(known);
  if (answer === 'inactive') {
    throw refuse('not_active', 'inactive');
  }
  const token = toToken(answer, jwt);
  checkClaims(token, wanted, now, request);
  const fresh = answers.isOn() ? 'MISS' : 'OFF';
  return { token, cache: known === undefined ? fresh : 'HIT' };
}

/** `b64token` of RFC 6750, section 2.1. */
const TOKEN = /^[A-Za-z0-9._~+/-]+=*$/;

/** What an endpoint said of an active token. */
interface Answer {
  readonly text: string;
  readonly claims: JsonObject;
}

/** It was parsed strictly before it was remembered. */
function toAnswer(known: string | 'inactive'): Answer | 'inactive' {
  return known === 'inactive'
    ? known
    : { text: known, claims: parseKnownVerbatim(known) as JsonObject };
}

/** Asks the endpoint, and remembers what it says. */
async function ask(
  compact: string,
  policy: IntrospectionPolicy,
  { services, now }: IntrospectionWorld,
): Promise<Answer | 'inactive'> {
  const { answers } = services;
  const { endpoint, server, cache } = policy;
  const text = await services.introspect(endpoint, server, compact);
  const claims = claimsIn(text, endpoint);
  if (claims === undefined) {
    await answers.add(answersOf(policy), compact, 'inactive', Math.min(cache, MAX_INACTIVE));
    return 'inactive';
  }
  await answers.add(answersOf(policy), compact, text, Math.min(cache, remainingLife(claims, now)));
  return { text, claims };
}

/** What one policy remembers is not for another one, which may want to hear sooner that a token has ended. */
function answersOf({ endpoint, server, cache }: IntrospectionPolicy): string {
  return `${cache} ${server}${endpoint}`;
}

/** The claims of an active token; `undefined` for one that is not (RFC 7662, section 2.2). */
function claimsIn(text: string, endpoint: string): JsonObject | undefined {
  const answer = parseVerbatim(text);
  const active = isObject(answer) ? member(answer, 'active') : undefined;
  if (!isObject(answer) || typeof active !== 'boolean') {
    const explanation = `$auth_jwt_introspection_request "${endpoint}" answered no JSON object with "active"`;
    throw refuse('cannot_parse', 'introspection', explanation);
  }
  return active ? answer : undefined;
}

/** The same form as that of a JWT, for those who come after. Its claims may hold anything. */
function toToken({ text, claims }: Answer, jwt: Token = HEADLESS): Token {
  const [header] = jwt.signingInput.split('.', 1);
  return {
    header: jwt.header,
    alg: jwt.alg,
    kid: jwt.kid,
    signer: jwt.signer,
    hasPlainHeader: jwt.hasPlainHeader,
    claims,
    hasPlainClaims: false,
    signingInput: `${header}.${Buffer.from(text).toString('base64url')}`,
  };
}

/** A token that is no JWT has no header: `{}`, in base64url where the text of one is asked for. */
const HEADLESS: Token = {
  header: {},
  alg: '',
  kid: undefined,
  hasPlainHeader: true,
  claims: {},
  hasPlainClaims: true,
  signingInput: 'e30.e30',
};
