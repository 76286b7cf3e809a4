import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { MAX_JSON_DEPTH } from '../../src/json-limits.ts';
import { MAX_CANDIDATES } from '../../src/keys/choose.ts';
import { MAX_JWKS_LENGTH, MAX_KEYS } from '../../src/keys/jwks.ts';
import { reasons } from '../../src/reasons.ts';
import { MAX_REVOCATIONS, MAX_REVOCATIONS_LENGTH } from '../../src/revocation/parse.ts';
import { ISSUING_NAMES } from '../../src/settings/issuing.ts';
import { POLICY_FORMAT, POLICY_NAMES, SETTING_NAMES } from '../../src/settings/names.ts';
import { ALGORITHM_NAMES } from '../../src/signature/algorithms.ts';
import { MIN_HMAC_BYTES, MIN_RSA_BITS } from '../../src/signature/verification-key.ts';
import { MAX_TOKEN_LENGTH } from '../../src/token/decode.ts';

const REASONS = reasons();

const root = new URL('../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');

const readme = read('README.md');
const reasonsPage = read('docs/reasons.md');
const settings = read('docs/settings.md');
const conf = read('nginx/auth_jwt.conf');

/** Settings that there are. */
const inSources = [...SETTING_NAMES, 'auth_jwt_refresh'].sort();

/** What begins like a setting and is a result. */
const RESULTS = [
  ...['auth_jwt_anonymous', 'auth_jwt_cache', 'auth_jwt_challenge', 'auth_jwt_consumer_id'],
  ...['auth_jwt_consumer_username', 'auth_jwt_consumer_custom_id'],
  'auth_jwt_credential_identifier',
];
const INTERNAL = ['auth_jwt_passed', 'auth_jwt_reached'];

function namesIn(text: string, pattern: RegExp): string[] {
  return [...new Set([...text.matchAll(pattern)].map(([, name = '']) => name))].sort();
}

describe('reasons', () => {
  test.each(Object.entries(REASONS))('%s stands in docs/reasons.md as it is', (reason, entry) => {
    const row = reasonsPage.split('\n').find((line) => line.startsWith(`| \`${reason}\` |`));
    expect(row).toBeDefined();
    const [, , status, error] = (row ?? '').split('|').map((cell) => cell.trim());
    expect([status, error]).toEqual([String(entry.status), entry.error && `\`${entry.error}\``]);
    expect(readme).toContain(`\`${reason}\``);
  });

  test('$jwt_error_status of auth_jwt.conf has their statuses', () => {
    const [, map = ''] = /map \$no_auth_reason \$jwt_error_status \{([^}]*)\}/.exec(conf) ?? [];
    const rows = [...map.matchAll(/^ +(\w+) +(\d+);$/gm)].map(([, name, status]) => [name, status]);
    const statuses = Object.entries(REASONS).map(([name, { status }]) => [name, `${status}`]);
    expect(rows).toEqual([
      ['default', '500'],
      ...statuses.filter(([, status]) => status !== '500'),
    ]);
  });

  test('docs/reasons.md has no others', () => {
    expect(namesIn(reasonsPage, /^\| `(\w+)` \|/gm)).toEqual(Object.keys(REASONS).sort());
  });

  test('the snippets and examples test for no others', () => {
    const files = readdirSync(new URL('nginx/', root), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.conf'))
      .map((name) => `nginx/${name}`);
    const tested = files.flatMap((file) => namesIn(read(file), /\$no_auth_reason = '(\w+)'/g));
    expect(tested.length).toBeGreaterThan(0);
    expect(Object.keys(REASONS)).toEqual(expect.arrayContaining(tested));
  });
});

describe('settings', () => {
  test('are the same in the sources, the snippet and both documents', () => {
    expect(inSources).toContain('auth_jwt_issuer');
    const declared = namesIn(conf, /^js_var \$(auth_jwt\w*);/gm).filter(
      (name) => !RESULTS.includes(name) && !INTERNAL.includes(name),
    );
    expect(declared).toEqual([...inSources, ...ISSUING_NAMES].sort());
    expect(namesIn(settings, /^## \$(auth_jwt\w*)/gm)).toEqual(inSources);
    expect(namesIn(read('docs/issuing.md'), /^\| `\$(auth_jwt\w*)` \|/gm)).toEqual(
      [...ISSUING_NAMES, 'auth_jwt_audience', 'auth_jwt_issuer'].sort(),
    );
    expect(namesIn(readme, /^\| `\$(auth_jwt\w*)` \|/gm)).toEqual(
      [...inSources, ...ISSUING_NAMES, ...RESULTS].sort(),
    );
  });

  test('$auth_jwt_policy joins all of them, in the order in which they are read', () => {
    const [, joined] =
      /map \$auth_jwt \$auth_jwt_policy \{\s+volatile;\s+default "(.*)";\s+\}/.exec(conf) ?? [];
    const fields = [POLICY_FORMAT, ...POLICY_NAMES.map((name) => `$${name}`)];
    expect(joined).toBe(fields.join('\\r'));
  });

  test('its first field names this order, so that another version has another one', () => {
    const digest = createHash('sha256').update(POLICY_NAMES.join(' ')).digest('hex');
    expect(POLICY_FORMAT).toBe(`v1-${digest.slice(0, 8)}`);
  });

  test('the algorithms are in the README', () => {
    const [, listed = ''] = /^Algorithms: ([\s\S]*?)\n\n/m.exec(readme) ?? [];
    for (const name of ALGORITHM_NAMES) {
      expect(listed).toContain(name);
    }
  });

  test.each([
    ['token', `${MAX_TOKEN_LENGTH} characters`],
    ['nesting of JSON', `${MAX_JSON_DEPTH} levels`],
    ['key set', `${MAX_JWKS_LENGTH / 1024 / 1024} MiB, ${MAX_KEYS} keys`],
    [
      'keys tried for one token',
      `${MAX_CANDIDATES}; of ES384, ES512 and RSA over 4096 bits ${MAX_CANDIDATES / 2} \\|`,
    ],
  ])('the limit of %s is documented', (what, limit) => {
    expect(settings).toMatch(new RegExp(`^\\| ${what} \\| ${limit}`, 'm'));
    expect(settings).toContain(`under ${MIN_RSA_BITS}`);
    expect(settings).toContain(`under ${MIN_HMAC_BYTES} bytes`);
  });
});

test('the limits of revocation lists are documented', () => {
  const limits = `${MAX_REVOCATIONS} entries and ${MAX_REVOCATIONS_LENGTH / 1024 / 1024} MiB`;
  expect(read('docs/revocation.md')).toContain(limits);
});

describe('moving over', () => {
  /** Directives and variables of ngx_http_auth_jwt_module, by its page on nginx.org. */
  const PLUS = [
    ...['auth_jwt', 'auth_jwt_claim_set', 'auth_jwt_header_set', 'auth_jwt_key_cache'],
    ...['auth_jwt_key_file', 'auth_jwt_key_request', 'auth_jwt_leeway', 'auth_jwt_type'],
    ...['auth_jwt_require', '$jwt_claim_NAME', '$jwt_header_NAME', '$jwt_payload'],
  ];
  /** Those of kjdev's module, by its docs/DIRECTIVES.md. */
  const KJDEV = [
    ...['auth_jwt', 'auth_jwt_claim_set', 'auth_jwt_header_set', 'auth_jwt_key_file'],
    ...['auth_jwt_key_request', 'auth_jwt_validate_exp', 'auth_jwt_validate_sig'],
    ...['auth_jwt_leeway', 'auth_jwt_phase', 'auth_jwt_revocation_list_sub', 'auth_jwt_require'],
    ...['auth_jwt_require_claim', 'auth_jwt_require_header', 'auth_jwt_allow_nested'],
    'auth_jwt_www_authenticate',
    ...['$jwt_claim_NAME', '$jwt_nowtime'],
  ];

  /** Settings of Kong's JWT plugin, by its schema. */
  const KONG = [
    ...['uri_param_names', 'cookie_names', 'header_names', 'key_claim_name', 'secret_is_base64'],
    ...['claims_to_verify', 'anonymous', 'run_on_preflight', 'maximum_expiration', 'realm'],
    ...['key', 'secret', 'algorithm', 'rsa_public_key'],
  ];

  test.each([
    ['docs/from-nginx-plus.md', PLUS],
    ['docs/from-kjdev.md', KJDEV],
    ['docs/from-kong.md', KONG],
  ])('%s has a row for each directive and variable', (page, names) => {
    const rows = namesIn(read(page), /^\| `([$\w]+)/gm);
    expect(names.filter((name) => !rows.includes(name))).toEqual([]);
  });
});

describe('links', () => {
  const pages = [
    'README.md',
    'CONTRIBUTING.md',
    'SECURITY.md',
    'CHANGELOG.md',
    'bench/README.md',
  ].concat(
    ['docs/', 'nginx/examples/'].flatMap((folder) =>
      readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.md'))
        .map((name) => folder + name),
    ),
  );
  /** As GitHub makes them of headings. */
  const anchorsOf = (text: string) =>
    [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replace(/[^\w\- ]/g, '')
        .replaceAll(' ', '-'),
    );

  test.each(pages)('of %s lead somewhere', (page) => {
    const links = [...read(page).matchAll(/\]\(([^):]+)\)/g)].map(([, link = '']) => link);
    const broken = links.filter((link) => {
      const [path = '', anchor] = link.split('#');
      const target = new URL(path === '' ? page : path, new URL(path === '' ? '' : page, root));
      return (
        !existsSync(target) ||
        (anchor !== undefined && !anchorsOf(readFileSync(target, 'utf8')).includes(anchor))
      );
    });
    expect(broken).toEqual([]);
  });
});
