// A jwt plugin becomes a policy: settings of nginx-auth-jwt, in the order in which they are written.

import { configOf } from './config.mjs';
import { isPlain } from './quote.mjs';
import { find } from './refer.mjs';

/** @import { Entity } from './entity.mjs' */
/** @import { Consumer, Model, Plugin } from './model.mjs' */

/** @typedef {readonly (readonly [name: string, value: string])[]} Policy names without `$auth_jwt` */

const PLUGIN = [
  ...['name', 'enabled', 'config', '_config', 'service', 'route', 'consumer', 'consumer_group'],
  ...['id', 'instance_name', 'tags', 'protocols', 'created_at', 'updated_at'],
];

const CONFIG = [
  ...['uri_param_names', 'cookie_names', 'header_names', 'key_claim_name', 'secret_is_base64'],
  ...['claims_to_verify', 'anonymous', 'run_on_preflight', 'maximum_expiration', 'realm'],
];

const NAME = /^[A-Za-z0-9._~-]+$/;

/** A year, as in the schema of Kong. */
const MAX_EXPIRATION = 31_536_000;

/**
 * Converts a jwt plugin.
 *
 * @param {Plugin} plugin
 * @param {Pick<Model, 'consumers' | 'configs'>} model consumers each with its id
 * @param {string} consumersPath where consumers.json will lie
 * @returns {Policy}
 */
export function convertPolicy({ entity, isPersonal }, { consumers, configs }, consumersPath) {
  entity.warnOfOthers(PLUGIN);
  if (isPersonal) {
    entity.fault('a jwt plugin cannot be for one consumer, or for a group of them');
  }
  const config = configOf(entity, configs);
  config.warnOfOthers(CONFIG);
  const anonymous = readAnonymous(config, consumers);
  return [
    ...readRealm(config),
    ['_consumers_file', consumersPath],
    // Who has signed is known by the key: Kong compares no issuer beside it.
    ['_issuer', 'any'],
    ['_token_from', readPlaces(config)],
    ['_key_claim_name', readKeyClaim(config)],
    ...set('_secret_is_base64', config.flag('secret_is_base64', false) && 'on'),
    ...readClaims(config),
    ...set('_optional', anonymous && 'failed'),
    ...set('_anonymous_consumer', anonymous),
    ...set('_preflight', !config.flag('run_on_preflight', true) && 'allow'),
  ];
}

/**
 * @param {string} name
 * @param {string | undefined | false} value
 * @returns {[string, string][]}
 */
function set(name, value) {
  return value === undefined || value === false ? [] : [[name, value]];
}

/** @param {Entity} config */
function readRealm(config) {
  const realm = config.text('realm');
  // "off" would switch the check off, and a quote would end the parameter of the challenge.
  if (realm !== undefined && (realm.trim() === 'off' || !isPlain(realm) || /["\\]/.test(realm))) {
    config.fault('this realm cannot be carried over', 'realm');
  }
  return set('', realm === '' ? undefined : realm);
}

/** @param {Entity} config */
function readPlaces(config) {
  const places = [
    ...readNames(config, 'header_names', ['authorization']).map((name) => `header:${name}`),
    ...readNames(config, 'uri_param_names', ['jwt']).map((name) => `query:${name}`),
    ...readNames(config, 'cookie_names', []).map((name) => `cookie:${name}`),
  ];
  if (places.length === 0) {
    config.fault('there is no place where a token could stand');
  }
  return places.join(' ');
}

/**
 * @param {Entity} config
 * @param {string} member
 * @param {string[]} preset
 */
function readNames(config, member, preset) {
  const names = config.texts(member) ?? preset;
  names.forEach((name, at) => {
    if (!NAME.test(name)) {
      config.fault('this name cannot be carried over', member, at);
    }
  });
  return names;
}

/** @param {Entity} config */
function readKeyClaim(config) {
  const name = config.text('key_claim_name') ?? 'iss';
  // It stands in JSON of error answers.
  if (name.trim() === '' || name.trim() !== name || !isPlain(name) || /["\\]/.test(name)) {
    config.fault('this name cannot be carried over', 'key_claim_name');
  }
  return name;
}

/**
 * @param {Entity} config
 * @returns {[string, string][]}
 */
function readClaims(config) {
  const claims = config.texts('claims_to_verify') ?? [];
  claims.forEach((claim, at) => {
    if (claim !== 'exp' && claim !== 'nbf') {
      config.fault('must be exp or nbf', 'claims_to_verify', at);
    }
  });
  const hasExp = claims.includes('exp');
  if (!hasExp || !claims.includes('nbf')) {
    config.findings.note(
      'Kong looks at exp and nbf only where claims_to_verify names them, and accepts expired tokens elsewhere. ' +
        'Here a token that has the claim and has expired, or is not valid yet, is refused in any case.',
    );
  }
  const most = config.number('maximum_expiration') ?? 0;
  if (most < 0 || most > MAX_EXPIRATION || (most > 0 && (!hasExp || !Number.isInteger(most)))) {
    config.fault(
      `must be a number of seconds up to ${MAX_EXPIRATION}, with exp in claims_to_verify`,
      'maximum_expiration',
    );
  }
  return [
    ['_require_exp', hasExp ? 'on' : 'off'],
    ...set('_require_claims', claims.includes('nbf') && 'nbf ge 0'),
    ...set('_maximum_expiration', most > 0 && `${most}s`),
  ];
}

/**
 * @param {Entity} config
 * @param {readonly Consumer[]} consumers
 * @returns {string | undefined} id of the consumer
 */
function readAnonymous(config, consumers) {
  const word = config.text('anonymous') ?? '';
  const id = word === '' ? undefined : find(config, ['anonymous'], word, consumers)?.id;
  if (id !== undefined && !/^[A-Za-z0-9._-]+$/.test(id)) {
    config.fault('the id of this consumer cannot be carried over', 'anonymous');
  }
  return id;
}
