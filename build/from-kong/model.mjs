// The entities of a file, nested or flat, as lists that know their owners.

import { checkUnique, refer } from './refer.mjs';

/** @import { Entity } from './entity.mjs' */

/** @typedef {{entity: Entity, id: string | undefined, name: string | undefined}} Service */
/** @typedef {{entity: Entity, id: string | undefined, name: string | undefined, service: Service | undefined}} Route */
/** @typedef {{entity: Entity, name: string, service: Service | undefined, route: Route | undefined}} Plugin */
/** @typedef {{entity: Entity, id: string | undefined, name: string | undefined, credentials: Entity[]}} Consumer */

/**
 * @typedef {object} Model
 * @property {string} version of the format
 * @property {Service[]} services
 * @property {Route[]} routes
 * @property {Plugin[]} plugins those that are switched on
 * @property {Consumer[]} consumers
 */

const VERSIONS = ['1.1', '2.1', '3.0'];

const UNDERSTOOD = [
  ...['_format_version', '_transform', '_comment', '_ignore', '_info', '_workspace', '_konnect'],
  ...['services', 'routes', 'plugins', 'consumers', 'jwt_secrets'],
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
  };
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
   */
  const add = (entity, service, route) => {
    const name = entity.text('name');
    if (name === undefined) {
      entity.fault('has no name');
    } else if (entity.flag('enabled', true)) {
      plugins.push({ entity, name, service, route });
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
  return plugins;
}

const CONSUMER = ['id', 'username', 'custom_id', 'jwt_secrets', 'tags', 'created_at', 'updated_at'];

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
