// Who is compared: each contender protects the same small file in an nginx of its own.

/**
 * @typedef {object} Scene what a contender's configuration depends on
 * @property {string} algorithm
 * @property {string} secretHex the HMAC secret, where the algorithm has one
 * @property {string} snippet path of the auth_jwt.conf
 * @property {string} keySet path of the JWKS
 * @property {string} publicKey path of the public key as PEM
 * @property {number} servicePort where the contender's service listens, if it has one
 *
 * @typedef {object} Contender
 * @property {string} name for ONLY and for file names
 * @property {string} title
 * @property {boolean} checks whether it refuses a bad token
 * @property {boolean} [exports] whether it hands three claims on, in response headers
 * @property {boolean} [remembers] whether a token seen before is cheaper
 * @property {boolean} [isOurs]
 * @property {50} [keys] how many keys the set has, if more than one
 * @property {string[] | undefined} [declares] claims for which its auth_jwt.conf declares variables, if not all that ship
 * @property {string} [zone] size of the zone of verified signatures, if another than ships
 * @property {'jose'} [service] a process beside nginx
 * @property {string[]} [modules] what nginx loads
 * @property {(algorithm: string) => boolean} [supports]
 * @property {(scene: Scene) => string} [http] lines of http {}
 * @property {(scene: Scene) => string} [server] lines of server {}
 * @property {(scene: Scene) => string} [location] lines of the protected location
 */

export const ISSUER = 'https://idp.example.com/';
export const AUDIENCE = 'bench';

/** Names: who is measured against, and by whom ours are judged. */
export const BASE = 'plain';
export const RIVAL = 'c-module';

const NJS = 'ngx_http_js_module';

const HEADERS = `
add_header X-JWT-Sub $jwt_claim_sub;
add_header X-JWT-Email $jwt_claim_email;
add_header X-JWT-Role $jwt_claim_role;`;

/** @param {Scene} scene */
const policy = ({ keySet }) => `
set $auth_jwt_key_file ${keySet};
set $auth_jwt_issuer ${ISSUER};
set $auth_jwt_audience ${AUDIENCE};`;

/** The variables for claims that are declared. The C module gets three claims from its token, too. */
const OUTLETS = {
  three: ['sub', 'email', 'role'],
  ten: ['sub', 'email', 'role', 'iss', 'aud', 'exp', 'jti', 'client_id', 'name', 'scope'],
  shipped: undefined,
};

/** Five, for the claims of an everyday token. */
const RULES = `
set $auth_jwt_require_claims 'role in editor admin; client_id eq bench-client; email match *@example.com; iat gt 1; scope match *orders:read*';`;

/**
 * @param {'qjs' | 'njs'} engine
 * @param {{keys?: 50, zone?: string, outlets?: keyof typeof OUTLETS}} [others] what differs from the usual
 * @returns {Contender[]}
 */
function ours(engine, { keys, zone, outlets = 'three' } = {}) {
  const engineName = engine === 'qjs' ? 'QuickJS' : 'njs engine';
  const suffix = [
    keys ? `, ${keys} keys` : '',
    zone ? `, zone of ${zone}` : '',
    { three: '', ten: ', 5 rules, 10 claims', shipped: ', all variables of auth_jwt.conf' }[
      outlets
    ],
  ].join('');
  const ending = `${engine}${keys ?? ''}${zone ? `-${zone}` : ''}${outlets === 'three' ? '' : `-${outlets}`}`;
  const isTen = outlets === 'ten';
  const headers = isTen ? OUTLETS.ten.slice(3).map(headerOf).join('') : '';
  /** @param {Scene} scene */
  const settings = (scene) => `${policy(scene)}${isTen ? RULES : ''}`;
  const common = {
    checks: true,
    exports: true,
    remembers: true,
    isOurs: true,
    modules: [NJS],
    /** @param {Scene} scene */
    http: ({ snippet }) => `${engine === 'qjs' ? 'js_engine qjs;' : ''} include ${snippet};`,
    declares: OUTLETS[outlets],
    ...(keys && { keys }),
    ...(zone && { zone }),
  };
  return [
    {
      ...common,
      name: `enforce-${ending}`,
      title: `**enforceJwt**, ${engineName}${suffix}`,
      location: (scene) => `${settings(scene)}
js_access auth_jwt.enforceJwt;${HEADERS}${headers}`,
    },
    {
      ...common,
      name: `validate-${ending}`,
      title: `**validateJwt**, ${engineName}${suffix}`,
      server: (scene) => `
location = /_auth {
include /etc/nginx/auth_jwt/auth_jwt_policy.conf;${settings(scene)}
}`,
      location: () => `auth_request /_auth;${HEADERS}${headers}`,
    },
  ];
}

/** @param {string} claim */
function headerOf(claim) {
  return `
add_header X-JWT-${claim.replace('_', '-')} $jwt_claim_${claim};`;
}

/**
 * @param {50} [keys]
 * @returns {Contender}
 */
function jose(keys) {
  return {
    name: `jose${keys ?? ''}`,
    title: `auth_request to Node with jose${keys ? `, ${keys} keys` : ''}`,
    checks: true,
    exports: true,
    service: 'jose',
    ...(keys && { keys }),
    http: ({ servicePort }) => `
upstream service { server 127.0.0.1:${servicePort}; keepalive 32; }`,
    server: () => `
location = /_auth {
internal;
proxy_pass http://service/;
proxy_http_version 1.1;
proxy_set_header Connection "";
proxy_pass_request_body off;
proxy_set_header Content-Length "";
}`,
    location: () => `
auth_request /_auth;
auth_request_set $jwt_claim_sub $upstream_http_x_sub;
auth_request_set $jwt_claim_email $upstream_http_x_email;
auth_request_set $jwt_claim_role $upstream_http_x_role;${HEADERS}`,
  };
}

/** The first one is what the others are measured against. @type {Contender[]} */
export const CONTENDERS = [
  { name: BASE, title: 'plain nginx', checks: false },
  {
    name: 'auth_request',
    title: 'auth_request to `return 204`',
    checks: false,
    server: () => 'location = /_auth { internal; return 204; }',
    location: () => 'auth_request /_auth;',
  },
  {
    name: RIVAL,
    title: 'C module (libnginx-mod-http-auth-jwt)',
    checks: true,
    exports: true,
    modules: ['ngx_http_auth_jwt_module'],
    location: ({ algorithm, secretHex, publicKey }) => `
auth_jwt_enabled on;
auth_jwt_algorithm ${algorithm};
${
  algorithm.startsWith('HS')
    ? `auth_jwt_key ${secretHex};`
    : `auth_jwt_use_keyfile on;
auth_jwt_keyfile_path ${publicKey};`
}
auth_jwt_location HEADER=Authorization;
auth_jwt_validate_sub on;
auth_jwt_extract_var_claims sub email role;${HEADERS}`,
  },
  jose(),
  jose(50),
  {
    name: 'seed',
    title: 'njs without memory: key set by subrequest, QuickJS',
    checks: true,
    modules: [NJS],
    // A key that both sides know has no place in a key set that is served over HTTP.
    supports: (algorithm) => !algorithm.startsWith('HS'),
    http: ({ algorithm, servicePort }) => `
js_engine qjs;
js_import seed from /bench/seed.js;
js_var $no_auth_reason;
js_var $seed_algorithm ${algorithm};
map $http_authorization $header_token { "~*^Bearer (.*)$" $1; }
proxy_cache_path /tmp/bench-seed-cache keys_zone=jwk_response:1m;
server {
listen 127.0.0.1:${servicePort};
location = /jwk { alias /bench/keys-1.json; }
}`,
    server: ({ servicePort }) => `
location = /signer/jwk {
gunzip on;
proxy_pass http://127.0.0.1:${servicePort}/jwk;
proxy_cache jwk_response;
proxy_cache_valid 200 10m;
}
location = /_auth { internal; js_content seed.validateJwt; }`,
    location: () => 'auth_request /_auth;',
  },
  ...ours('qjs'),
  ...ours('qjs', { keys: 50 }),
  ...ours('qjs', { outlets: 'ten' }).filter(isEnforcing),
  ...ours('qjs', { outlets: 'shipped' }).filter(isEnforcing),
  ...ours('njs'),
];

/**
 * Whose memory is watched: both doors with the zones as shipped, where 100,000 signatures do not fit
 * and the oldest go, and one of them with a zone where they do.
 *
 * @type {Contender[]}
 */
export const MEMORY_CONTENDERS = [
  ...ours('qjs'),
  ...ours('qjs', { zone: '32m' }).filter(isEnforcing),
];

/** @param {Contender} contender */
function isEnforcing({ name }) {
  return name.startsWith('enforce');
}
