import type { TokenFormat } from '../issuing/answer.ts';
import type { ClaimsToIssue } from '../issuing/claims.ts';
import { FILE_SETTING } from '../issuing/signing-file.ts';
import type { NginxVariables } from '../nginx.ts';
import { refuse } from '../refusal.ts';
import {
  collectTexts,
  misread,
  readChoice,
  readList,
  readTime,
  type SettingTexts,
} from './texts.ts';

/** Settings that only `issueJwt` and `publishJwks` read. */
export const ISSUING_NAMES: readonly string[] = [
  'auth_jwt_login_request',
  'auth_jwt_signing_key_file',
  'auth_jwt_signing_kid',
  'auth_jwt_issue_lifetime',
  'auth_jwt_issue_omit',
  'auth_jwt_issue_claims',
  'auth_jwt_issue_typ',
  'auth_jwt_issue_format',
  'auth_jwt_publish_cache',
];

/** Those that they read, with the two that mean the same to the gateway that checks. */
const NAMES = ISSUING_NAMES.concat('auth_jwt_issuer', 'auth_jwt_audience');

/** How a location issues tokens. */
export interface IssuingSettings {
  /** URI of the internal location that knows who may log in: `$auth_jwt_login_request`. */
  readonly loginRequest: string;
  /** `$auth_jwt_signing_key_file`. */
  readonly keyFiles: readonly string[];
  /** `$auth_jwt_signing_kid`; `undefined`: the first key that can sign. */
  readonly kid: string | undefined;
  /** What the tokens say. */
  readonly claims: ClaimsToIssue;
  /** `$auth_jwt_issue_typ`. */
  readonly typ: string;
  /** `$auth_jwt_issue_format`. */
  readonly format: TokenFormat;
}

/** How a location publishes the keys that verify. */
export interface PublishingSettings {
  /** `$auth_jwt_signing_key_file`. */
  readonly keyFiles: readonly string[];
  /** Whole seconds that others may keep the keys; 0: not at all. `$auth_jwt_publish_cache`. */
  readonly maxAge: number;
}

/**
 * Reads how a location issues tokens.
 *
 * @param variables the variables of the location
 * @throws Refusal `bad_configuration` where a setting is missing or cannot be understood
 */
export function readIssuing(variables: NginxVariables): IssuingSettings {
  const texts = textsOf(variables);
  return {
    loginRequest: readLoginRequest(texts),
    keyFiles: readKeyFiles(texts),
    kid: texts.auth_jwt_signing_kid,
    claims: {
      issuer: readIssuer(texts),
      audiences: readList(texts, 'auth_jwt_audience'),
      lifetime: readLifetime(texts),
      omitted: readOmitted(texts),
      allowed:
        texts.auth_jwt_issue_claims === undefined
          ? undefined
          : readList(texts, 'auth_jwt_issue_claims'),
    },
    typ: readTyp(texts),
    format: readChoice(texts, 'auth_jwt_issue_format', ['token', 'oauth', 'text']),
  };
}

/**
 * Reads how a location publishes keys.
 *
 * @param variables the variables of the location
 * @throws Refusal `bad_configuration` where a setting is missing or cannot be understood
 */
export function readPublishing(variables: NginxVariables): PublishingSettings {
  const texts = textsOf(variables);
  return {
    keyFiles: readKeyFiles(texts),
    maxAge: Math.floor(readTime(texts, 'auth_jwt_publish_cache', 300)),
  };
}

function textsOf(variables: NginxVariables): SettingTexts {
  return collectTexts(
    NAMES,
    NAMES.map((name) => variables[name]),
  );
}

function readLoginRequest(texts: SettingTexts): string {
  const uri = texts.auth_jwt_login_request ?? '';
  if (uri.charAt(0) !== '/') {
    throw misread(texts, 'auth_jwt_login_request', 'not the URI of an internal location');
  }
  return uri;
}

/** What stands here by mistake may be the key itself, so the log is not told what it is. */
function readKeyFiles(texts: SettingTexts): string[] {
  const paths = readList(texts, FILE_SETTING);
  if (paths.length === 0 || !paths.every((path) => path.charAt(0) === '/')) {
    throw refuse(
      'bad_configuration',
      FILE_SETTING,
      `$${FILE_SETTING} is not set, or is not an absolute path`,
    );
  }
  return paths;
}

/** A token has one issuer, where a policy may accept several. */
function readIssuer(texts: SettingTexts): string | undefined {
  const issuers = readList(texts, 'auth_jwt_issuer');
  if (issuers.length !== 1) {
    throw misread(
      texts,
      'auth_jwt_issuer',
      'not the one issuer of the tokens; say "any" for tokens without "iss"',
    );
  }
  return issuers[0] === 'any' ? undefined : issuers[0];
}

function readLifetime(texts: SettingTexts): number {
  const seconds = Math.floor(readTime(texts, 'auth_jwt_issue_lifetime', 3600));
  if (seconds < 1) {
    throw misread(texts, 'auth_jwt_issue_lifetime', 'less than a second');
  }
  return seconds;
}

function readOmitted(texts: SettingTexts): string[] {
  const names = readList(texts, 'auth_jwt_issue_omit');
  if (!names.every((name) => name === 'iat' || name === 'exp' || name === 'jti')) {
    throw misread(texts, 'auth_jwt_issue_omit', 'not a list of iat, exp and jti');
  }
  return names;
}

/** RFC 7515, section 4.1.9: a media type, mostly without `application/`. */
function readTyp(texts: SettingTexts): string {
  const typ = texts.auth_jwt_issue_typ ?? 'JWT';
  if (!/^[A-Za-z0-9!#$&^_.+/-]+$/.test(typ)) {
    throw misread(texts, 'auth_jwt_issue_typ', 'not a media type such as JWT or at+jwt');
  }
  return typ;
}
