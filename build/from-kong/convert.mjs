// From kong.yml to consumers.json and kong.conf. Reads and writes no file.

import { writeConf } from './conf.mjs';
import { convertConsumers, warnOfWeak } from './consumers.mjs';
import { Entity } from './entity.mjs';
import { Findings } from './findings.mjs';
import { guardOf, tellOfPlugins } from './guards.mjs';
import { readModel } from './model.mjs';
import { ROUTERS } from './order.mjs';
import { convertPolicy } from './policies.mjs';
import { RANDOM } from './random.mjs';
import { readYaml } from './read.mjs';
import { arrange } from './router.mjs';
import { readPath, readRoute } from './routes.mjs';
import { readUpstream } from './upstream.mjs';

/** @import { ConfOptions } from './conf.mjs' */
/** @import { Path } from './findings.mjs' */
/** @import { Model, Plugin, Route } from './model.mjs' */
/** @import { Router } from './order.mjs' */
/** @import { Policy } from './policies.mjs' */
/** @import { Random } from './random.mjs' */
/** @import { Rule } from './routes.mjs' */

/**
 * @typedef {object} ConvertOptions
 * @property {string} consumersPath where consumers.json will lie, as an absolute path
 * @property {Router} [router] which one Kong runs; without it, what only one of them protects is a fault
 */

/** @typedef {ConfOptions & ConvertOptions} Options */

/**
 * @typedef {object} Conversion
 * @property {string} consumers text of consumers.json: it holds secrets
 * @property {string} conf text of kong.conf
 * @property {readonly string[]} warnings what is lost
 * @property {readonly string[]} notes what to know
 */

/** Longest consumers.json, and most entries in one, that the module reads. */
const [MAX_LENGTH, MAX_ENTRIES] = [524_288, 1000];

/**
 * Converts a declarative configuration of Kong.
 *
 * @param {string} text
 * @param {Options} options
 * @param {Random} random
 * @returns {Conversion}
 * @throws {import('./findings.mjs').KongError} where it cannot be converted as a whole
 */
export function convert(text, options, random = RANDOM) {
  return convertRead(readYaml(text), options, random);
}

/**
 * Converts what has been read of a file.
 *
 * @param {{root: Record<string, unknown>, lineOf: (path: Path) => number | undefined}} read
 * @param {Options} options
 * @param {Random} random
 * @returns {Conversion}
 * @throws {import('./findings.mjs').KongError} where it cannot be converted as a whole
 */
export function convertRead({ root, lineOf }, options, random) {
  const findings = new Findings(lineOf);
  const file = new Entity(root, [], findings);
  const model = readModel(file);
  tellOfPlugins(model);
  const entries = convertConsumers(model.consumers, random);
  const policies = convertPolicies(model, options.consumersPath);
  findings.end();
  const bases = [...policies.values()].map((policy) =>
    policy.some(([name]) => name === '_secret_is_base64'),
  );
  warnOfWeak(model.consumers, entries, bases);
  const consumers = `${JSON.stringify({ consumers: entries }, undefined, 2)}\n`;
  const count = entries.reduce((sum, { jwt_secrets: { length } }) => sum + (length || 1), 0);
  if (consumers.length > MAX_LENGTH || count > MAX_ENTRIES) {
    file.fault(`more than ${MAX_ENTRIES} of them, or ${MAX_LENGTH} characters`, 'consumers');
  }
  /** @type {readonly [Router, ...Router[]]} */
  const routers = options.router ? [options.router] : ROUTERS;
  const servers = arrange(readRules(model, file, policies, routers), routers, readPatterns(model));
  findings.end();
  return {
    consumers,
    conf: writeConf(servers, options),
    warnings: findings.warnings,
    notes: findings.notes,
  };
}

/**
 * @param {Model} model
 * @param {string} consumersPath
 * @returns {Map<Plugin, Policy>} of each jwt plugin
 */
function convertPolicies(model, consumersPath) {
  const own = model.plugins.filter(({ name }) => name === 'jwt');
  return new Map(own.map((plugin) => [plugin, convertPolicy(plugin, model, consumersPath)]));
}

/**
 * @param {Model} model
 * @param {Entity} file
 * @param {Map<Plugin, Policy>} policies
 * @param {readonly Router[]} routers
 * @returns {Rule[]}
 */
function readRules(model, file, policies, routers) {
  const balanced = file.children('upstreams').flatMap((entity) => entity.text('name') ?? []);
  const upstreams = new Map(
    model.services.map(({ entity }) => [entity, readUpstream(entity, balanced)]),
  );
  return model.routes.filter(isOn).flatMap((route) => {
    const guard = guardOf(route, model, (plugin) => policies.get(plugin) ?? []);
    const upstream = route.service && upstreams.get(route.service.entity);
    return readRoute(route, upstream, guard, model.version, routers);
  });
}

/**
 * The regular expressions of all routes, also of those that are left out: Kong knows them.
 *
 * @param {Model} model
 */
function readPatterns({ routes, version }) {
  return routes
    .filter(isOn)
    .flatMap(({ entity }) => (entity.texts('paths') ?? []).map((text) => readPath(text, version)))
    .flatMap(({ isRegex, path }) => (isRegex ? path : []));
}

/** Kong routes nothing to a service that is switched off. @param {Route} route */
function isOn({ service }) {
  return service?.entity.flag('enabled', true) ?? true;
}
