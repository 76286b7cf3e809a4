// A service: where requests go.

import { isPlain } from './quote.mjs';

/** @import { Entity } from './entity.mjs' */

/**
 * @typedef {object} Upstream
 * @property {string} origin `http://host:port`
 * @property {string} path what comes before the path of a request, `/` at least
 * @property {string[]} directives further ones for the location
 */

const SERVICE = [
  ...['id', 'name', 'enabled', 'url', 'protocol', 'host', 'port', 'path', 'routes', 'plugins'],
  ...['connect_timeout', 'read_timeout', 'write_timeout', 'tls_verify', 'tls_verify_depth'],
  // Tried again is what nginx tries again: proxy_next_upstream.
  ...['retries', 'tags', 'created_at', 'updated_at'],
];

const TIMEOUTS = /** @type {const} */ ([
  ['connect_timeout', 'proxy_connect_timeout'],
  ['read_timeout', 'proxy_read_timeout'],
  ['write_timeout', 'proxy_send_timeout'],
]);

/**
 * Reads a service.
 *
 * @param {Entity} entity
 * @param {readonly string[]} balanced names of Kong's own upstreams
 * @returns {Upstream | undefined} nothing where it cannot be carried over
 */
export function readUpstream(entity, balanced) {
  entity.warnOfOthers(SERVICE);
  const { protocol, host, port, path } = readAddress(entity);
  if (protocol !== 'http' && protocol !== 'https') {
    entity.warn(`services of protocol ${protocol} are not carried over`);
    return undefined;
  }
  if (host === undefined || !/^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)$/.test(host)) {
    entity.fault('there is no host in it that nginx could be told');
    return undefined;
  }
  if (!path.startsWith('/') || !isPlain(path) || /[?#\s%]/.test(path)) {
    entity.fault('this path cannot be carried over');
    return undefined;
  }
  const isBalanced = balanced.includes(host);
  if (isBalanced) {
    entity.warn(`upstreams are not carried over: write "upstream ${host} { … }" into http {}`);
  }
  const origin = `${protocol}://${host}${isBalanced ? '' : `:${port}`}`;
  return { origin, path, directives: [...readTimeouts(entity), ...readTls(entity, protocol)] };
}

/** @param {Entity} entity */
function readAddress(entity) {
  const url = entity.text('url');
  if (url === undefined) {
    const protocol = entity.text('protocol') ?? 'http';
    const port = entity.number('port') ?? 80;
    return { protocol, host: entity.text('host'), port, path: entity.text('path') ?? '/' };
  }
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (
    parsed !== undefined &&
    parsed.username + parsed.password + parsed.search + parsed.hash !== ''
  ) {
    entity.fault('more than protocol, host, port and path cannot be carried over', 'url');
  }
  const protocol = parsed?.protocol.replace(':', '') ?? 'http';
  return {
    protocol,
    host: parsed?.hostname,
    port: Number(parsed?.port) || (protocol === 'https' ? 443 : 80),
    path: parsed?.pathname || '/',
  };
}

/** @param {Entity} entity */
function readTimeouts(entity) {
  return TIMEOUTS.flatMap(([member, directive]) => {
    const milliseconds = entity.number(member);
    return milliseconds === undefined ? [] : `${directive} ${Math.ceil(milliseconds)}ms;`;
  });
}

/**
 * @param {Entity} entity
 * @param {string} protocol
 */
function readTls(entity, protocol) {
  if (protocol !== 'https') {
    return [];
  }
  const depth = entity.number('tls_verify_depth');
  return [
    'proxy_ssl_server_name on;',
    ...(entity.flag('tls_verify', false)
      ? [
          'proxy_ssl_verify on;',
          'proxy_ssl_trusted_certificate /etc/ssl/certs/ca-certificates.crt;',
          ...(depth === undefined ? [] : [`proxy_ssl_verify_depth ${Math.ceil(depth)};`]),
        ]
      : []),
  ];
}
