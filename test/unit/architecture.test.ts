// Imports go one way: index, handlers, authenticate, proof, stations, leaves.

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';

const SRC = fileURLToPath(new URL('../../src/', import.meta.url));

const LEAVES = [
  'reasons',
  'refusal',
  'json',
  'json-limits',
  'json-peek',
  'exact',
  'base64url',
  'digest',
  'nginx',
  'memo',
  'subrequest',
] as const;

/**
 * Which part of src may import which at run time: a part is a folder, or a file at the top. What is
 * not in here is not allowed.
 */
const RUNTIME_EDGES: Readonly<Record<string, readonly string[]>> = {
  index: ['handlers'],
  // Handlers open the zones, and hand them to the stations that use them.
  handlers: [
    ...['authenticate', 'settings', 'token', 'keys', 'signature', 'claims', 'answer', 'zone'],
    ...['consumers', 'introspection', 'issuing'],
    ...LEAVES,
  ],
  authenticate: [
    ...['proof', 'token', 'signature', 'claims', 'consumers', 'introspection', 'revocation'],
    ...LEAVES,
  ],
  proof: ['keys', 'signature', 'claims', 'consumers', 'token', ...LEAVES],
  // The names that a setting may hold are defined where they are used.
  settings: ['token', 'keys', 'signature', 'claims', 'issuing', ...LEAVES],
  token: LEAVES,
  // What a key must be made of is for the signature to say.
  // Consumers and revocation lists are fetched, kept and renewed like key sets.
  keys: ['signature', 'consumers', 'revocation', 'zone', ...LEAVES],
  consumers: ['signature', ...LEAVES],
  revocation: LEAVES,
  introspection: ['token', 'signature', 'claims', ...LEAVES],
  // Keys that sign are read and held to account as those that verify.
  issuing: ['token', 'keys', 'signature', ...LEAVES],
  signature: LEAVES,
  claims: LEAVES,
  // A claim is found by its path, wherever it goes.
  answer: ['claims', ...LEAVES],
  refusal: ['reasons'],
  reasons: [],
  // A value of JSON may be one that JavaScript cannot hold.
  json: ['json-limits', 'exact'],
  exact: ['json', 'json-limits'],
  'json-limits': [],
  'json-peek': ['json', 'json-limits', 'base64url'],
  base64url: [],
  digest: [],
  nginx: [],
  subrequest: ['nginx', 'refusal'],
  memo: [],
  zone: [],
};

/** Edges that may exist for types only: they are gone when the code runs. */
const TYPE_EDGES: Readonly<Record<string, readonly string[]>> = {
  handlers: ['proof', 'revocation'],
  authenticate: ['settings', 'keys'],
  proof: ['settings', 'introspection', 'revocation'],
  settings: ['consumers', 'introspection', 'revocation'],
  consumers: ['keys', 'token'],
  revocation: ['keys', 'token'],
  introspection: ['zone'],
  // A known token is one whose signature is known.
  token: ['signature'],
  keys: ['zone'],
  signature: ['token', 'zone'],
  claims: ['token'],
  answer: ['token', 'consumers'],
};

interface Import {
  readonly from: string;
  /** A file of src, or the name of a module of the runtime. */
  readonly to: string;
  readonly isTypeOnly: boolean;
  readonly names: readonly string[];
}

const FILES = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter(
  (file) => file.endsWith('.ts') && !file.endsWith('.d.ts'),
);

const IMPORTS = FILES.flatMap(importsOf);
const OWN = IMPORTS.filter(({ to }) => FILES.includes(to));

function importsOf(from: string): Import[] {
  const source = ts.createSourceFile(
    from,
    readFileSync(join(SRC, from), 'utf8'),
    ts.ScriptTarget.ES2022,
    true,
  );
  return source.statements.flatMap((statement) => {
    if (!ts.isImportDeclaration(statement) && !ts.isExportDeclaration(statement)) {
      return [];
    }
    const { moduleSpecifier: module } = statement;
    if (!module || !ts.isStringLiteral(module)) {
      return [];
    }
    const to = module.text.startsWith('.') ? join(dirname(from), module.text) : module.text;
    return [{ from, to, ...describeClause(statement) }];
  });
}

function describeClause(statement: ts.ImportDeclaration | ts.ExportDeclaration) {
  if (ts.isExportDeclaration(statement)) {
    return { isTypeOnly: statement.isTypeOnly, names: [] };
  }
  const bindings = statement.importClause?.namedBindings;
  const names =
    bindings && ts.isNamedImports(bindings) ? bindings.elements.map(({ name }) => name.text) : [];
  return { isTypeOnly: statement.importClause?.isTypeOnly ?? false, names };
}

/** The folder of a file, or its name without ending where it lies at the top. */
const partOf = (file: string) => file.replace(/\.ts$|\/.*/, '');

const show = ({ from, to }: Import) => `${from} → ${to}`;

/** The imports that leave a part for one that is not in the lists. */
function strays(imports: readonly Import[], ...lists: (typeof RUNTIME_EDGES)[]): string[] {
  return imports
    .filter(({ from, to }) => partOf(from) !== partOf(to))
    .filter(({ from, to }) => !lists.some((list) => list[partOf(from)]?.includes(partOf(to))))
    .map(show);
}

test('the sources have been found', () => {
  expect(FILES.length).toBeGreaterThan(25);
  expect(OWN.length).toBeGreaterThan(50);
  expect([...new Set(FILES.map(partOf))].sort()).toEqual(Object.keys(RUNTIME_EDGES).sort());
});

describe('imports', () => {
  test('go one way at run time', () => {
    expect(
      strays(
        OWN.filter(({ isTypeOnly }) => !isTypeOnly),
        RUNTIME_EDGES,
      ),
    ).toEqual([]);
  });

  test('go one way, or are of types', () => {
    expect(strays(OWN, RUNTIME_EDGES, TYPE_EDGES)).toEqual([]);
  });

  test('are of files that exist, and of nothing but fs and crypto beside them', () => {
    const others = IMPORTS.filter((each) => !OWN.includes(each));
    expect(others.map(show).sort()).toEqual(['digest.ts → crypto', 'keys/file.ts → fs']);
  });

  test('run in no circle', () => {
    const next = (file: string) =>
      OWN.filter(({ from, isTypeOnly }) => from === file && !isTypeOnly).map(({ to }) => to);
    const circles = FILES.filter((file) => reachable(next(file), next).has(file));
    expect(circles).toEqual([]);
  });
});

/** Those that ask something of nginx. */
const KNOWING = ['handlers', 'keys', 'introspection', 'subrequest'];

test.each(['NginxRequest', 'NginxReply', 'NginxSession'])(
  '%s is known to handlers, keys and introspection only',
  (name) => {
    const parts = OWN.filter(({ names }) => names.includes(name)).map(({ from }) => partOf(from));
    expect(parts).not.toEqual([]);
    expect(parts.filter((part) => !KNOWING.includes(part))).toEqual([]);
  },
);

test.each([
  ['WebCrypto', /\bcrypto\./, ['exact/raw-json.ts', 'introspection/aes.ts', 'signature/subtle.ts']],
  [
    'timers or the clock',
    /\bsetTimeout\(|\bDate\.now\(/,
    [
      ...['handlers/door.ts', 'handlers/gateway.ts', 'handlers/refresh-keys.ts'],
      ...['keys/fetch.ts', 'keys/wait.ts', 'zone.ts'],
    ],
  ],
  ['ngx', /\bngx[.?]/, ['handlers/errand.ts', 'handlers/nginx-log.ts', 'keys/fetch.ts', 'zone.ts']],
])('%s is used by name in few places', (_what, pattern, files) => {
  // What a comment tells of is not used.
  const code = (file: string) =>
    readFileSync(join(SRC, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
  expect(FILES.filter((file) => pattern.test(code(file))).sort()).toEqual(files);
});

function reachable(start: readonly string[], next: (file: string) => string[]): Set<string> {
  const seen = new Set<string>();
  const open = [...start];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (!seen.has(file)) {
      seen.add(file);
      open.push(...next(file));
    }
  }
  return seen;
}
