// The test vectors of test/vectors, typed, and made ready for the functions under test.

import { readFileSync } from 'node:fs';
import { normaliseType } from '../../src/claims/identity.ts';
import type { Settings } from '../../src/settings/settings.ts';
import { ALGORITHM_NAMES } from '../../src/signature/algorithms.ts';
import { ruleFor, type Told, toldBy } from './vector-refusals.ts';

/** What a vector asks of the verdict; `either`: both can be defended. */
export type Expectation = 'valid' | 'invalid' | 'either';

/** Settings of the validator that a vector was written for. */
export interface Policy {
  readonly algorithms?: readonly string[];
  readonly leeway?: number;
  readonly issuer?: string | readonly string[];
  readonly audience?: string | readonly string[];
  readonly typ?: string | readonly string[];
  /** Claims that must be there. */
  readonly required?: readonly string[];
}

/** One token with its verdict. */
export interface Vector {
  readonly id: string;
  readonly comment: string;
  readonly layer: 'jwt' | 'jws';
  readonly token: string;
  /** `alg` of the header, if it has one. */
  readonly alg?: unknown;
  /** The key set as a text, which may be no JSON. */
  readonly jwks: string;
  readonly expect: Expectation;
  /** The verdict on the token as a whole, where `layer` is `jws`. */
  readonly expectJwt: Expectation;
  /** The hardened choice where `expect` is `either`. */
  readonly prefer?: 'valid' | 'invalid';
  /** What the token as a whole must be refused with; `undefined`: it must be accepted. */
  readonly told: Told | undefined;
  /** Seconds since the epoch. */
  readonly now: number;
  /** Whether the verdict is the same by the clock of today. */
  readonly live: boolean;
  readonly policy: Policy;
  readonly tags: readonly string[];
  /** A claim that must not reach a header as it is. */
  readonly forward?: { readonly claim: string; readonly value: unknown };
}

/** One request of `http-cases.json`, placeholders replaced by tokens. */
export interface HttpCase {
  readonly id: string;
  readonly comment: string;
  readonly setup: { readonly source: string };
  readonly request: {
    readonly method: string;
    readonly target: string;
    readonly version: string;
    readonly headers: readonly (readonly [string, string])[];
  };
  readonly expect: {
    readonly status: readonly number[];
    readonly www_authenticate?: string;
    readonly www_authenticate_not?: string;
    readonly body_not?: string;
    readonly max_ms?: number;
  };
  readonly tags: readonly string[];
}

/** How a key source of `jwks-source.json` behaves. `MAIN` is {@link mainJwks}. */
export interface SourceBehaviour {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly body_repeat?: readonly [string, number];
  readonly reset_after?: number;
  readonly drip_ms?: number;
  readonly delay_ms?: number;
  readonly hang?: boolean;
  readonly file?: string;
  readonly then_file?: string;
}

/** One step of a key source case. `token` is for {@link tokenOf}, or ends in `*`: each that begins so. */
export interface SourceStep {
  readonly token?: string | null;
  readonly status?: readonly number[];
  readonly prefer?: number;
  readonly repeat?: number;
  readonly method?: string;
  readonly body_length?: number;
  readonly max_ms?: number;
  readonly total_max_ms?: number;
  readonly fetches_max?: number;
  readonly swap?: boolean;
  readonly reload?: boolean;
}

/** One case of `jwks-source.json`. */
export interface SourceCase {
  readonly id: string;
  readonly comment: string;
  readonly server: SourceBehaviour;
  readonly steps: readonly SourceStep[];
  readonly tags: readonly string[];
}

/** Clock of the vectors that name none. */
export const DEFAULT_NOW = 1_700_000_000;

interface RawVector extends Omit<Vector, 'jwks' | 'expectJwt' | 'now' | 'policy' | 'told'> {
  readonly jwks?: object;
  readonly jwks_ref?: string;
  readonly jwks_text?: string;
  readonly expect_jwt?: Expectation;
  readonly now?: number;
  readonly policy?: Policy;
  /** With `detail` what it must be refused with; without it, a word on the case. */
  readonly reason?: string;
  readonly detail?: string;
}

interface RawSuite {
  readonly keysets?: Readonly<Record<string, unknown>>;
  readonly cases: readonly RawVector[];
}

/** The files of tokens. */
export const SUITES = ['rfc', 'third-party', 'attacks', 'own-attacks', 'wycheproof'] as const;

/** Reads one of the files of tokens. */
export function readVectors(name: (typeof SUITES)[number]): Vector[] {
  const { cases, keysets = {} } = readJson<RawSuite>(name);
  return cases.map((raw) => {
    const { jwks: _inline, jwks_ref: _name, jwks_text: _text, expect_jwt, ...others } = raw;
    const { reason: _reason, detail: _detail, ...rest } = others;
    return {
      ...rest,
      jwks: jwksText(raw, keysets),
      expectJwt: expect_jwt ?? raw.expect,
      told: toldOf(raw),
      now: raw.now ?? DEFAULT_NOW,
      policy: raw.policy ?? {},
    };
  });
}

/** What a vector says itself, or else a rule. */
function toldOf(raw: RawVector): Told | undefined {
  if (raw.detail !== undefined) {
    return toldBy(raw);
  }
  const expected = raw.expect_jwt ?? raw.expect;
  const wanted = expected === 'either' ? raw.prefer : expected;
  if (wanted === 'valid') {
    return undefined;
  }
  const rule = ruleFor(raw);
  if (!rule) {
    throw new Error(`no rule says what ${raw.id} must be refused with`);
  }
  return rule.verdict === 'valid' ? undefined : toldBy(rule);
}

/** Reads the requests, with `{{attacks/…}}` replaced by the token of that name. */
export function readHttpCases(): HttpCase[] {
  const text = JSON.stringify(readJson<{ cases: HttpCase[] }>('http-cases').cases);
  return JSON.parse(text.replace(/\{\{([^}]+)\}\}/g, (_all, id: string) => tokenOf(id)));
}

/** The cases name a vector that is not among ours: good claims under the signature of another key. */
const ATTACKER = 'attacks/signature/attacker-key';

/** The token that a case names. */
export function tokenOf(id: string): string {
  if (id !== ATTACKER) {
    return findVector(id).token;
  }
  const [header, payload] = findVector('attacks/control/rs256').token.split('.');
  const [, , signature] = findVector('attacks/control/rs256-second-key').token.split('.');
  return `${header}.${payload}.${signature}`;
}

/** Reads the key source cases. */
export function readSourceCases(): SourceCase[] {
  return readJson<{ cases: SourceCase[] }>('jwks-source').cases;
}

/** The vector of `attacks.json` with this id. */
export function findVector(id: string): Vector {
  const vector = readVectors('attacks').find((candidate) => candidate.id === id);
  if (!vector) {
    throw new Error(`there is no vector ${id}`);
  }
  return vector;
}

/** The key set that the request cases and key source cases are about. */
export function mainJwks(): string {
  return findVector('attacks/control/rs256').jwks;
}

/** The policy of a vector as settings; what it does not name is not checked. */
export function settingsFor(policy: Policy = {}): Settings {
  return {
    tokenFrom: [{ kind: 'variable', name: 'token' }],
    sources: [],
    keyCache: 600,
    keyStale: 86400,
    keyCooldown: 30,
    algorithms: policy.algorithms ?? ALGORITHM_NAMES,
    issuers: policy.issuer === undefined ? 'any' : listOf(policy.issuer),
    audiences: listOf(policy.audience),
    types: listOf(policy.typ).map(normaliseType),
    ignoresBinding: false,
    leeway: policy.leeway ?? 0,
    requireExp: false,
    rules: [],
    scopes: { names: [], isAny: false },
    roles: { names: [], isAny: false },
    rolesPath: ['roles'],
    claimSet: [],
    optional: 'off',
    letsPreflightPass: false,
    hasOnePool: false,
    isReportOnly: false,
    consumers: undefined,
    introspection: undefined,
    revocation: undefined,
    require: [{ names: (policy.required ?? []).map((claim) => `jwt_claim_${claim}`), error: 401 }],
  };
}

function listOf(value: string | readonly string[] | undefined): readonly string[] {
  if (value === undefined) {
    return [];
  }
  return typeof value === 'string' ? [value] : value;
}

function jwksText(raw: RawVector, keysets: Readonly<Record<string, unknown>>): string {
  if (raw.jwks_text !== undefined) {
    return raw.jwks_text;
  }
  const jwks = raw.jwks_ref === undefined ? raw.jwks : keysets[raw.jwks_ref];
  if (jwks === undefined) {
    throw new Error(`${raw.id} has no key set`);
  }
  return JSON.stringify(jwks);
}

function readJson<Content>(name: string): Content {
  return JSON.parse(readFileSync(new URL(`../vectors/${name}.json`, import.meta.url), 'utf8'));
}
