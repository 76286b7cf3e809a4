// The entities of a file, nested or flat, as lists that know their owners.

import { checkUnique, refer } from './refer.mjs';

/** @import { Entity } from './entity.mjs' */

/** @typedef {{entity: Entity, id: string | undefined, name: string | undefined}} Service */
/** @typedef {{entity: Entity, id: string | undefined, name: string | undefined, service: Service | undefined}} Route */
/** @typedef {{entity: Entity, id: string | undefined, name: string | undefined, credentials: Entity[]}} Consumer */

/**
 * @typedef {object} Plugin
 * @property {Entity} entity
 * @property {string} name letters, digits, `_` and `-`
 * @property {Service | undefined} service
 * @property {Route | undefined} route
 * @property {boolean} isPersonal for one consumer only, or a group of them
 */

/**
 * @typedef {object} Model
 * @property {string} version of the format
 * @property {Service[]} services
 * @property {Route[]} routes
 * @property {Plugin[]} plugins those that are switched on
 * @property {Consumer[]} consumers
 * @property {Entity} configs what decK shares between plugins, by the names that their `_config` has
 */

const VERSIONS = ['1.1', '2.1', '3.0'];

const UNDERSTOOD = [
  ...['_format_version', '_transform', '_comment', '_ignore', '_info', '_workspace', '_konnect'],
  ...['_plugin_configs', 'services', 'routes', 'plugins', 'consumers', 'jwt_secrets'],
];

/**
 * Puts the entities of a file in order.
 *
 * @param {Entity} root
 * @returns {Model}
 */
export function readModel(root) {
  const version = readVersion(root);
  root.warnOfOthers(UNDERSTOOD);
  refuseDefaults(root.child('_info').child('defaults'));
  const services = root.children('services').map(nameOf);
  checkUnique(services);
  const routes = readRoutes(root, services);
  checkUnique(routes);
  const consumers = readConsumers(root);
  return {
    version,
    services,
    routes,
    plugins: readPlugins(root, services, routes, consumers),
    consumers,
    configs: root.child('_plugin_configs'),
  };
}

/**
 * decK puts them into every route and service that does not say otherwise: paths, methods, protocols.
 *
 * @param {Entity} defaults by kind of entity
 */
function refuseDefaults(defaults) {
  for (const kind of Object.keys(defaults.value)) {
    if (Object.keys(defaults.child(kind).value).length > 0) {
      defaults.fault('defaults are not carried over: write them into the entities', kind);
    }
  }
}

/** @param {Entity} root */
function readVersion(root) {
  const written = root.get('_format_version');
  const version = written === 3 ? '3.0' : String(written ?? '');
  if (!VERSIONS.includes(version)) {
    root.fault(`must be one of ${VERSIONS.join(', ')}`, '_format_version');
  }
  return version;
}

/** @param {Entity} entity */
function nameOf(entity) {
  return { entity, id: entity.word('id'), name: entity.word('name') };
}

/**
 * @param {Entity} root
 * @param {Service[]} services
 * @returns {Route[]}
 */
function readRoutes(root, services) {
  const nested = services.flatMap((service) =>
    service.entity.children('routes').map((entity) => ({ ...nameOf(entity), service })),
  );
  const flat = root.children('routes').map((entity) => {
    return { ...nameOf(entity), service: refer(entity, 'service', services) };
  });
  return [...nested, ...flat];
}

/** Whether a plugin says that it is for a consumer, or a group of them. @param {Entity} entity */
function isForSome(entity) {
  return ['consumer', 'consumer_group'].some((member) => entity.get(member) !== undefined);
}

/**
 * @param {Entity} root
 * @param {Service[]} services
 * @param {Route[]} routes
 * @param {Consumer[]} consumers
 * @returns {Plugin[]}
 */
function readPlugins(root, services, routes, consumers) {
  /** @type {Plugin[]} */
  const plugins = [];
  /**
   * @param {Entity} entity
   * @param {Service | undefined} service
   * @param {Route | undefined} route
   * @param {boolean} isPersonal
   */
  const add = (entity, service, route, isPersonal = isForSome(entity)) => {
    const name = readPluginName(entity);
    if (name !== undefined && entity.flag('enabled', true)) {
      plugins.push({ entity, name, service, route, isPersonal });
    }
  };
  for (const service of services) {
    for (const entity of service.entity.children('plugins')) {
      add(entity, service, refer(entity, 'route', routes));
    }
  }
  for (const route of routes) {
    for (const entity of route.entity.children('plugins')) {
      add(entity, refer(entity, 'service', services), route);
    }
  }
  for (const entity of root.children('plugins')) {
    refer(entity, 'consumer', consumers);
    add(entity, refer(entity, 'service', services), refer(entity, 'route', routes));
  }
  // Whom they keep out is not for us to tell apart, so below a consumer they count as they do elsewhere.
  for (const owner of [
    ...consumers.map(({ entity }) => entity),
    ...root.children('consumer_groups'),
  ]) {
    for (const entity of owner.children('plugins')) {
      add(entity, refer(entity, 'service', services), refer(entity, 'route', routes), true);
    }
  }
  return plugins;
}

/** It stands in the configuration, as a comment. @param {Entity} entity */
function readPluginName(entity) {
  const name = entity.text('name');
  if (name === undefined) {
    entity.fault('has no name');
  } else if (!/^[A-Za-z0-9_-]+$/.test(name)) {
    entity.fault('must be letters, digits, _ and -', 'name');
    return undefined;
  }
  return name;
}

const CONSUMER = [
  ...['id', 'username', 'custom_id', 'jwt_secrets', 'plugins', 'tags', 'created_at', 'updated_at'],
];

/**
 * @param {Entity} root
 * @returns {Consumer[]}
 */
function readConsumers(root) {
  const consumers = root.children('consumers').map((entity) => {
    entity.warnOfOthers(CONSUMER);
    const [id, name] = [entity.word('id'), entity.word('username')];
    if (id === undefined && name === undefined && entity.word('custom_id') === undefined) {
      entity.fault('has neither username nor custom_id');
    }
    return { entity, id, name, credentials: entity.children('jwt_secrets') };
  });
  checkUnique(consumers);
  for (const entity of root.children('jwt_secrets')) {
    if (entity.get('consumer') === undefined) {
      entity.fault('does not say whose it is: consumer');
    }
    refer(entity, 'consumer', consumers)?.credentials.push(entity);
  }
  return consumers;
}
