// Functions over input throw nothing but a Refusal, whatever comes in.

import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { challengeFor } from '../../src/answer/challenge.ts';
import { loginUrl } from '../../src/answer/login.ts';
import { claimsIn, filledBy } from '../../src/answer/passed.ts';
import { describeProblem } from '../../src/answer/problem.ts';
import { checkClaims } from '../../src/claims/check.ts';
import { parsePath, resolvePath } from '../../src/claims/path.ts';
import { checkRequired } from '../../src/claims/require.ts';
import { checkRules } from '../../src/claims/rules.ts';
import { findCredential } from '../../src/consumers/find.ts';
import { parseConsumers } from '../../src/consumers/parse.ts';
import { IntrospectionAnswers } from '../../src/introspection/answers.ts';
import { introspect } from '../../src/introspection/introspect.ts';
import { seal, unseal } from '../../src/introspection/seal.ts';
import { readLoginClaims } from '../../src/issuing/login-claims.ts';
import { member } from '../../src/json.ts';
import { peekMember } from '../../src/json-peek.ts';
import { chooseKeys } from '../../src/keys/choose.ts';
import { parseJwks } from '../../src/keys/jwks.ts';
import { isRefusal, refuse } from '../../src/refusal.ts';
import { checkRevocation, type RevocationPolicy } from '../../src/revocation/check.ts';
import { parseRevocations } from '../../src/revocation/parse.ts';
import { ISSUING_NAMES, readIssuing, readPublishing } from '../../src/settings/issuing.ts';
import { readRules } from '../../src/settings/rules.ts';
import { readSettings } from '../../src/settings/settings.ts';
import { collectTexts } from '../../src/settings/texts.ts';
import { parseList, parseTime } from '../../src/settings/values.ts';
import { ALGORITHM_NAMES, findAlgorithm } from '../../src/signature/algorithms.ts';
import { decodeToken } from '../../src/token/decode.ts';
import { extractToken } from '../../src/token/extract.ts';
import {
  attempt,
  BYTES,
  CLAIMS_TOKEN,
  HEADER,
  JSON_TEXT,
  NAME,
  OBJECT,
  POLICY,
  requestOf,
  SETTING,
  SOURCES,
  TEXT,
  TOKEN,
  URI,
} from '../support/arbitraries.ts';
import { keySetOf } from '../support/fake-ring.ts';
import { settingsFor } from '../support/vectors.ts';

// Many runs, on machines that may be slow.
vi.setConfig({ testTimeout: 60_000 });

describe('nothing is thrown but a Refusal', () => {
  const cases: readonly (readonly [string, () => fc.IRawProperty<unknown>])[] = [
    [
      'extractToken',
      () =>
        fc.property(
          fc.shuffledSubarray(SOURCES),
          HEADER,
          URI,
          (sources, header, uri) =>
            void attempt(() => extractToken(sources, requestOf(header, uri))),
        ),
    ],
    [
      'peekMember',
      () => fc.property(JSON_TEXT, NAME, (text, name) => void peekMember(Buffer.from(text), name)),
    ],
    ['decodeToken', () => fc.property(TOKEN, (token) => void attempt(() => decodeToken(token)))],
    ['parseJwks', () => fc.property(JSON_TEXT, (text) => void attempt(() => parseJwks(text, 'a')))],
    [
      'chooseKeys',
      () =>
        fc.property(
          fc.array(OBJECT),
          NAME,
          fc.constantFrom(...ALGORITHM_NAMES),
          (keys, kid, alg) => {
            const algorithm = findAlgorithm(alg) as NonNullable<ReturnType<typeof findAlgorithm>>;
            attempt(() => chooseKeys(keySetOf(keys), algorithm, kid));
          },
        ),
    ],
    ['findAlgorithm', () => fc.property(NAME, (name) => void findAlgorithm(name))],
    [
      'parseConsumers, findCredential',
      () =>
        fc.property(JSON_TEXT, fc.boolean(), CLAIMS_TOKEN, NAME, (text, isBase64, token, claim) => {
          const keys = attempt(() => parseConsumers(text, 'a', isBase64)) ?? [];
          attempt(() => findCredential(keySetOf(keys), token, claim, member(token.claims, claim)));
        }),
    ],
    [
      'parseRevocations, checkRevocation',
      () =>
        fc.property(JSON_TEXT, CLAIMS_TOKEN, (text, token) => {
          const table = attempt(() => parseRevocations(text, 'a')) ?? {};
          const policy = { passesWithout: false } as RevocationPolicy;
          attempt(() => checkRevocation(keySetOf([table]), { token }, policy));
        }),
    ],
    [
      'readSettings, checkClaims',
      () =>
        fc.property(POLICY, CLAIMS_TOKEN, TEXT, (policy, token, text) => {
          const names = Object.keys(policy);
          const texts = collectTexts(names, Object.values(policy));
          const settings = attempt(() => readSettings(texts));
          if (settings !== undefined && settings !== 'off') {
            attempt(() => checkClaims(token, settings, 1e9, requestOf('', text)));
            attempt(() => checkRequired(settings.require, requestOf('', text)));
          }
        }),
    ],
    [
      'readIssuing, readPublishing',
      () =>
        fc.property(fc.array(fc.tuple(fc.constantFrom(...ISSUING_NAMES), SETTING)), (members) => {
          attempt(() => readIssuing(Object.fromEntries(members)));
          attempt(() => readPublishing(Object.fromEntries(members)));
        }),
    ],
    [
      'readRules, checkRules',
      () =>
        fc.property(SETTING, OBJECT, TEXT, (text, claims, variable) => {
          const rules = attempt(() => readRules({ auth_jwt_require_claims: text })) ?? [];
          attempt(() => checkRules(claims, rules, requestOf('', variable)));
        }),
    ],
    [
      'parsePath, resolvePath',
      () =>
        fc.property(fc.oneof(NAME, TEXT), OBJECT, (text, claims) => {
          resolvePath(claims, parsePath(text) ?? []);
        }),
    ],
    [
      'parseTime, parseList',
      () =>
        fc.property(SETTING, (text) => {
          parseList(text);
          const time = parseTime(text);
          expect(time === undefined || (time >= 0 && Number.isFinite(time))).toBe(true);
        }),
    ],
    [
      'readLoginClaims',
      () =>
        fc.property(
          fc.oneof(
            BYTES,
            JSON_TEXT.map((text) => Buffer.from(text)),
          ),
          (bytes) => {
            attempt(() => readLoginClaims(bytes));
          },
        ),
    ],
    [
      'claimsIn, filledBy',
      () =>
        fc.property(fc.oneof(TOKEN, TEXT), (passed) => {
          claimsIn(passed);
          filledBy(passed);
        }),
    ],
    [
      'describeProblem, challengeFor, loginUrl',
      () =>
        fc.property(TEXT, TEXT, URI, SETTING, (accept, detail, uri, realm) => {
          describeProblem('bad_claim', accept);
          const variables = {
            ...{ auth_jwt: realm, auth_jwt_scopes: realm, auth_jwt_resource_metadata: realm },
            ...{ auth_jwt_login_url: '/login', request_uri: uri, request_method: 'GET' },
          };
          expect(challengeFor(refuse('no_roles', detail), variables)).toMatch(/^[ -~]*$/);
          expect(loginUrl('empty_token', variables, 'text/html')).toMatch(
            /^\/login\?return_url=%2F[!-~]*$/,
          );
        }),
    ],
    [
      'unseal',
      () =>
        fc.asyncProperty(TEXT, TEXT, BYTES, async (token, text, bytes) => {
          const well = Buffer.from(text).toString();
          expect(await unseal(token, await seal(token, text))).toBe(well);
          expect(await unseal(token, bytes.toString('base64url'))).toBeUndefined();
        }),
    ],
    [
      'introspect',
      () =>
        fc.asyncProperty(fc.oneof(TOKEN, fc.constant('abc')), JSON_TEXT, async (token, answer) => {
          const answers = new IntrospectionAnswers(undefined);
          const services = { answers, introspect: async () => answer };
          const policy = { endpoint: '/introspect', server: '', isForAll: false, cache: 60 };
          const world = { services, request: requestOf('', ''), now: 1e9 };
          try {
            await introspect(token, policy, settingsFor({}), world);
          } catch (thrown) {
            expect(isRefusal(thrown), String(thrown)).toBe(true);
          }
        }),
    ],
  ];

  test.each(cases)('%s', async (_name, property) => {
    await fc.assert(property());
  });
});
