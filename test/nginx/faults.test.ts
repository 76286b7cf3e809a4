// What nginx gives the handlers is broken on purpose, by a module that stands between the two: each fault
// denies, once, under both doors, and the worker lives on.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { DEADLINE_MS } from '../../src/handlers/door.ts';
import { bearer, send, verdictOf } from '../support/client.ts';
import { AUDIENCE, createIssuer, ISSUER, type Issuer, now } from '../support/issuer.ts';
import { configure, type Nginx, showLogOnFailure, startNginx } from '../support/nginx.ts';
import { protect } from '../support/policy.ts';
import { type Door, RUNTIMES } from '../support/runtimes.ts';
import { readWorkers } from '../support/workers.ts';

/** What a subrequest does, in the words of njs. */
const SUBREQUESTS: Readonly<Record<string, string>> = {
  throws: 'throw new RangeError("secret")',
  rejects: 'return Promise.reject(new RangeError("secret"))',
  'rejects with nothing': 'return Promise.reject()',
  'gives nothing at once': 'return undefined',
  'gives nothing': 'return Promise.resolve(undefined)',
  'gives null': 'return Promise.resolve(null)',
  'gives a text': 'return Promise.resolve("{}")',
  'gives no members': 'return Promise.resolve({})',
  'gives a status alone': 'return Promise.resolve({ status: 200 })',
  'gives a status as text': `return r.subrequest(uri, options).then(function (reply) {
    return { status: "200", responseText: reply.responseText, headersOut: {} };
  })`,
  'gives a number as body':
    'return Promise.resolve({ status: 200, headersOut: {}, responseText: 5 })',
  'gives no headers': `return r.subrequest(uri, options).then(function (reply) {
    return { status: 200, responseText: reply.responseText };
  })`,
  'never comes': 'return new Promise(function () {})',
};

/** What else of a request is broken: statements over `broken`, the request that the handler gets. */
const REQUESTS: Readonly<Record<string, string>> = {
  'has no variables': 'broken.variables = undefined;',
  'has variables that cannot be had': 'thrower(broken, "variables");',
  'has no headers': 'broken.headersIn = undefined;',
  'has headers that cannot be read': 'thrower(broken, "headersIn");',
  'has headers that are no texts': 'broken.headersIn = { Authorization: {} };',
  'cannot write its log':
    'broken.log = broken.warn = broken.error = boom; broken.subrequest = boom;',
};

/** What the world is like from then on: each has a location, and so contexts, of its own. */
const WORLDS: Readonly<Record<string, string>> = {
  'clock-throws': 'Date.now = boom;',
  'clock-ahead': 'Date.now = function () { return 4102444800000; };',
  'clock-behind': 'Date.now = function () { return 0; };',
};

const MODULE = `import auth_jwt from '/etc/nginx/js/auth_jwt.js';
function boom() { throw new RangeError('secret'); }
function thrower(object, name) { Object.defineProperty(object, name, { get: boom }); }
var subrequests = {
  ${Object.entries(SUBREQUESTS).map(([name, code]) => `'${name}': function (r, uri, options) { ${code}; }`)}
};
var requests = {
  ${Object.entries(REQUESTS).map(([name, code]) => `'${name}': function (broken) { ${code} }`)}
};
var worlds = {
  ${Object.entries(WORLDS).map(([name, code]) => `'${name}': function () { ${code} }`)}
};
function breakIt(r) {
  var fault = r.headersIn['X-Fault'] || '';
  var broken = {
    method: r.method, variables: r.variables, headersIn: r.headersIn, headersOut: r.headersOut,
    log: function (text) { r.log(text); },
    warn: function (text) { r.warn(text); },
    error: function (text) { r.error(text); },
    subrequest: function (uri, options) {
      return subrequests[fault] ? subrequests[fault](r, uri, options) : r.subrequest(uri, options);
    },
    return: function (status) {
      r.log('told ' + r.headersIn['X-Id'] + ': ' + status + ';');
      r.return(status);
    },
  };
  if (requests[fault]) { requests[fault](broken); }
  if (worlds[fault]) { worlds[fault](); }
  return broken;
}
export default {
  enforceJwt: function (r) { return auth_jwt.enforceJwt(breakIt(r)); },
  validateJwt: function (r) { return auth_jwt.validateJwt(breakIt(r)); },
};`;

const LOCATIONS = ['plain', 'unwritable', ...Object.keys(WORLDS)];

function locationOf(door: Door, name: string): string {
  const more = name === 'unwritable' ? 'set $auth_jwt_claim_set "request_uri=sub";' : '';
  const policy = `set $auth_jwt "orders"; set $auth_jwt_issuer "${ISSUER}"; ${more}
    set $auth_jwt_audience "${AUDIENCE}"; set $auth_jwt_key_request "/_jwks?$http_x_id";
    set $auth_jwt_key_cache 0;`;
  const inside = 'error_page 401 403 500 = @auth_jwt_error; alias /etc/hostname;';
  return door === 'enforceJwt'
    ? `location = /${door}/${name} { ${policy} js_access faults.enforceJwt; ${inside} }`
    : `location = /_policy_${name} { internal; ${policy} js_content faults.validateJwt; }
       location = /${door}/${name} { auth_request /_policy_${name}; ${inside} }`;
}

describe.each(RUNTIMES)('$name', (runtime) => {
  let issuer: Issuer;
  let nginx: Nginx;
  let token = '';
  let forged = '';

  beforeAll(async () => {
    issuer = await createIssuer(['ES256']);
    token = await issuer.sign('ES256', { nbf: now() });
    const [header, payload] = token.split('.');
    const [, , signature] = (await issuer.sign('ES256', { jti: 'other' })).split('.');
    forged = `${header}.${payload}.${signature}`;
    const locations = runtime.doors.flatMap((door) =>
      LOCATIONS.map((name) => locationOf(door, name)),
    );
    const http = `js_import faults from /etc/nginx/js/faults.js;
      server { listen 8080;
        # The faults are those of the client's request: it is the one that fetches.
        if ($http_x_auth_jwt_errand) { return 403; }
        include /etc/nginx/auth_jwt/auth_jwt_errors.conf;
        location = /_jwks { internal; alias /keys.json; }
        ${locations.join('\n')} }`;
    nginx = await startNginx(runtime, configure(runtime, http), {
      '/keys.json': JSON.stringify(issuer.jwks),
      '/etc/nginx/js/faults.js': MODULE,
    });
  });
  afterAll(async () => {
    expect(nginx.log()).not.toMatch(/exited on signal|unhandled rejection|secret/);
    const told = [...nginx.log().matchAll(/told (r\d+): /g)].map(([, id]) => id);
    expect(told.filter((id, at) => told.indexOf(id) !== at)).toEqual([]);
    expect(await readWorkers(nginx)).toHaveLength(1);
    await nginx[Symbol.asyncDispose]();
  });
  beforeEach(({ onTestFailed }) => showLogOnFailure(() => nginx, onTestFailed));

  let count = 0;
  /** Asks once, and says what came of it, and what the door was told. */
  async function ask(door: Door, name: string, fault = ''): Promise<[string, string[]]> {
    count += 1;
    const id = `r${count}`;
    const headers = { ...bearer(token), 'X-Fault': fault, 'X-Id': id };
    const answer = await send(nginx, { path: `/${door}/${name}`, headers });
    if (answer.status !== 200) {
      await nginx.waitForLog(new RegExp(`told ${id}: `));
    }
    const told = [...nginx.log().matchAll(new RegExp(`told ${id}: (\\d+);`, 'g'))];
    return [verdictOf(answer), told.map(([, status]) => status ?? '')];
  }

  describe.concurrent.each(runtime.doors)('%s', (door) => {
    test('a good token passes where nothing is broken', async () => {
      const [verdict] = await ask(door, 'plain');
      expect(verdict).toBe('passes');
    });

    test.each([...Object.keys(SUBREQUESTS), ...Object.keys(REQUESTS)])('%s', async (fault) => {
      const begin = Date.now();
      const [verdict, told] = await ask(door, 'plain', fault);
      expect(verdict).toMatch(/^(401|500) \w+$/);
      expect(told).toEqual([verdict.slice(0, 3)]);
      if (fault === 'never comes') {
        expect(Date.now() - begin).toBeGreaterThanOrEqual(DEADLINE_MS - 500);
      }
    });

    test.each(Object.keys(WORLDS))('%s', async (world) => {
      const [verdict, told] = await ask(door, world, world);
      expect(verdict).toMatch(/^(401|500) \w+$/);
      expect(told).toEqual([verdict.slice(0, 3)]);
    });

    test('a variable of nginx itself cannot be written', async () => {
      const [verdict, told] = await ask(door, 'unwritable');
      expect(verdict).toBe('500 generic_error');
      expect(told).toEqual(['500']);
    });
  });

  test('zones that take nothing cost nobody the verdict', async () => {
    const locations = runtime.doors.map((door) =>
      protect(door, {
        path: `/${door}`,
        settings: {
          issuer: ISSUER,
          key_request: '/_jwks',
          revocation_request: '/_revoked',
          '': 'orders',
        },
        inside: 'alias /etc/hostname; add_header X-Cache $auth_jwt_cache;',
      }),
    );
    const http = `server { listen 8080; include /etc/nginx/auth_jwt/auth_jwt_errors.conf;
      location = /_jwks { internal; alias /keys.json; }
      location = /_revoked { internal; default_type application/json; return 200 '[{"sub":"mallory"}]'; }
      ${locations.join('\n')} }`;
    await using broken = await startNginx(
      runtime,
      configure(runtime, http),
      { '/keys.json': JSON.stringify(issuer.jwks) },
      // Of numbers, and without a time: every call with a text throws.
      `sed -i -E 's/(zone=auth_jwt_[a-z]+:[0-9]+m) timeout=[^;]*;/\\1 type=number;/' /etc/nginx/auth_jwt/auth_jwt.conf`,
    );
    showLogOnFailure(() => broken);
    const revoked = await issuer.sign('ES256', { sub: 'mallory' });
    for (const door of runtime.doors) {
      for (let round = 0; round < 3; round += 1) {
        const ask = async (token: string) =>
          verdictOf(await send(broken, { path: `/${door}`, headers: bearer(token) }));
        expect(await ask(token)).toBe('passes');
        expect(await ask(forged)).toBe('401 bad_signature');
        expect(await ask(revoked)).toBe('401 revoked');
      }
    }
    expect(await broken.exec('grep -c type=number /etc/nginx/auth_jwt/auth_jwt.conf')).toMatch(
      /^3/,
    );
    expect(broken.log()).not.toMatch(/exited on signal|unhandled rejection|\[alert\]/);
  });
});
