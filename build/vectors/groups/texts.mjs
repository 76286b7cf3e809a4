// The text of a token: its parts, base64url, UTF-8, JSON.

import { Group } from '../cases.mjs';
import { b64 } from '../keys.mjs';
import { CLAIMS, encode, goodHs, goodRs, HS, seal, token } from '../tokens.mjs';

const JSON_CLAIMS = JSON.stringify(CLAIMS);

/** @returns {[string, string, string]} */
function parts() {
  const [header = '', payload = '', signature = ''] = goodHs().split('.');
  return [header, payload, signature];
}

export function structure() {
  const group = new Group('structure', 'RFC 7515 7.1: three parts with two dots between them');
  const good = goodHs();
  const [header, payload, signature] = parts();
  const several = {
    'one-dot': '.',
    'three-dots': '...',
    'four-dots': '....',
    'header-only': header,
    'two-parts': `${header}.${payload}`,
    'leading-dot': `.${good}`,
    'trailing-dot': `${good}.`,
    'twice-with-a-dot': `${good}.${good}`,
    'five-parts': `${header}.${payload}.${signature}.${payload}.${signature}`,
    '7000-dots': '.'.repeat(7000),
    'double-dot': `${header}..${payload}.${signature}`,
    flattened: JSON.stringify({ protected: header, payload, signature }),
    general: JSON.stringify({ payload, signatures: [{ protected: header, signature }] }),
    word: 'undefined',
    'percent-dots': good.replaceAll('.', '%2E'),
    commas: good.replaceAll('.', ','),
    colons: good.replaceAll('.', ':'),
    'middle-dots': good.replaceAll('.', '\u00b7'),
    'ideographic-stops': good.replaceAll('.', '\u3002'),
  };
  for (const [name, text] of Object.entries(several)) {
    group.invalid(name, 'invalid_jwt/parts', { token: text });
  }
  group.invalid('empty', 'empty_token/', { token: '' }, 'design: no token in any source');
  const spoiled = {
    quoted: `"${good}"`,
    'single-quoted': `'${good}'`,
    'in-angle-brackets': `<${good}>`,
    'bearer-twice': `Bearer ${good}`,
    'space-after-dot': good.replace('.', '. '),
    'space-before-dot': good.replace('.', ' .'),
    'tab-after-dot': good.replace('.', '.\t'),
    'cr-after-dot': good.replace('.', '.\r'),
    'lf-before-dot': good.replace('.', '\n.'),
    'nul-at-the-end': `${good}\u0000`,
    'nul-after-dot': good.replace('.', '.\u0000'),
    'bom-before': `\ufeff${good}`,
    'nbsp-before': `\u00a0${good}`,
    'zero-width-space-before': `\u200b${good}`,
    'line-separator-after': `${good}\u2028`,
    'comma-after': `${good},`,
    'semicolon-after': `${good};`,
    'hash-after': `${good}#x`,
    'question-mark-after': `${good}?x`,
  };
  for (const [name, text] of Object.entries(spoiled)) {
    group.invalid(name, 'invalid_jwt/base64url', { token: text });
  }
  group.invalid('two-dots', 'invalid_jwt/header', { token: '..' });
  group.invalid('no-header', 'invalid_jwt/header', { token: `.${payload}.${signature}` });
  group.invalid(
    'no-payload',
    'bad_signature/signature',
    { token: `${header}..${signature}` },
    'RFC 7515 appendix F: detached',
  );
  group.invalid('no-payload-signed', 'invalid_jwt/payload', { token: seal(header, '') });
  group.invalid('no-signature', 'bad_signature/signature', { token: `${header}.${payload}.` });
  group.valid('three-parts', { token: good });
  group.valid('three-long-parts', { token: goodRs(), keys: 'rsa' });
  group.valid('shortest-claims', { token: token(HS, '{}') });
  group.valid('shortest-header', { token: token('{"alg":"HS256"}') });
  group.invalid('parts-swapped', 'bad_algorithm/alg', {
    token: `${payload}.${header}.${signature}`,
  });
  group.invalid(
    'jwe',
    'invalid_jwt/parts',
    {
      token: `${encode({ alg: 'dir', enc: 'A256GCM' })}..AAAAAAAAAAAAAAAA.AAAA.AAAAAAAAAAAAAAAAAAAAAA`,
    },
    'RFC 7516 3.1: five parts, and no decryption here',
  );
  group.invalid(
    'nested',
    'invalid_jwt/payload',
    { token: token({ ...HS, cty: 'JWT' }, goodRs()) },
    'RFC 7519 5.2',
  );
  group.invalid('nested-in-json', 'invalid_jwt/payload', {
    token: token(HS, JSON.stringify(good)),
  });
  return group.cases;
}

/** Longest token (docs/settings.md). */
const LONGEST = 16384;

export function sizes() {
  const group = new Group('size', 'docs/settings.md: a token has 16384 characters at most');
  /** The longest token that is no longer than that. */
  const of = (/** @type {number} */ length) => {
    const most = Math.ceil((length * 3) / 4);
    const fit = [...Array(400).keys()].find((less) => filled(most - less).length <= length);
    return filled(most - (fit ?? most));
  };
  const filled = (/** @type {number} */ fill) =>
    token(HS, { ...CLAIMS, fill: 'x'.repeat(Math.max(fill, 0)) });
  group.valid('6000', { token: of(6000) });
  group.valid('longest', { token: of(LONGEST) });
  for (const length of [LONGEST + 2, 2 * LONGEST]) {
    group.invalid(`${length}`, 'invalid_jwt/size', { token: of(length) });
  }
  group.invalid('long-signature', 'invalid_jwt/size', { token: goodHs() + 'A'.repeat(LONGEST) });
  group.invalid('long-and-no-token', 'invalid_jwt/size', { token: 'A'.repeat(LONGEST + 1) });
  group.invalid('long-dots', 'invalid_jwt/size', { token: '.'.repeat(LONGEST + 1) });
  group.invalid('just-no-token', 'invalid_jwt/parts', { token: 'A'.repeat(LONGEST) });
  return group.cases;
}

/**
 * Texts that stand for the same bytes in a lax decoder (RFC 7515, section 2; RFC 4648, section 3.5).
 *
 * @param {string} text canonical base64url whose length is no multiple of four
 * @returns {Record<string, string>}
 */
function lax(text) {
  const middle = text.length >> 1;
  const insert = (/** @type {string} */ what) => text.slice(0, middle) + what + text.slice(middle);
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const last = alphabet[alphabet.indexOf(text.slice(-1)) + 1] ?? 'B';
  return {
    padded: text + '='.repeat(4 - (text.length % 4)),
    'padded-too-much': `${text}====`,
    'padded-inside': insert('='),
    'stray-bits': text.slice(0, -1) + last,
    dangling: `${text}AAAA`.slice(0, text.length - (text.length % 4) + 5),
    space: insert(' '),
    newline: insert('\n'),
    crlf: insert('\r\n'),
    tab: insert('\t'),
    nul: insert('\u0000'),
    percent: insert('%41'),
    exclamation: insert('!'),
    plus: insert('+'),
    slash: insert('/'),
    latin1: insert('é'),
    'full-width-letter': insert('Ａ'),
    'text-after': `${text}~AAAA`,
  };
}

export function base64() {
  const group = new Group(
    'base64url',
    'RFC 7515 2, RFC 4648 3.5: canonical base64url and nothing else',
  );
  /** @param {object} header @param {object} claims */
  const encodeBoth = (header, claims) => {
    // Neither part may come out as a multiple of four, or there would be nothing to pad.
    const pad = (/** @type {object} */ part) =>
      encode(part).length % 4 === 0 ? { ...part, x: 1 } : part;
    return [encode(pad(header)), encode(pad(claims))];
  };
  const [header = '', payload = ''] = encodeBoth(HS, CLAIMS);
  const [, , signature = ''] = seal(header, payload).split('.');
  for (const [name, text] of Object.entries(lax(header))) {
    group.invalid(`header-${name}`, 'invalid_jwt/base64url', { token: seal(text, payload) });
  }
  for (const [name, text] of Object.entries(lax(payload))) {
    group.invalid(`payload-${name}`, 'invalid_jwt/base64url', { token: seal(header, text) });
  }
  for (const [name, text] of Object.entries(lax(signature))) {
    group.invalid(`signature-${name}`, 'invalid_jwt/base64url', {
      token: `${header}.${payload}.${text}`,
    });
  }
  group.invalid('encoded-twice', 'invalid_jwt/header', { token: seal(b64(header), payload) });
  group.invalid('header-not-encoded', 'invalid_jwt/base64url', {
    token: seal(JSON.stringify(HS), payload),
  });
  group.invalid('payload-not-encoded', 'invalid_jwt/base64url', {
    token: seal(header, JSON_CLAIMS.replaceAll('.', '')),
  });
  group.invalid('payload-hex', 'invalid_jwt/payload', {
    token: seal(header, Buffer.from(JSON_CLAIMS).toString('hex')),
  });
  for (const [name, fill] of Object.entries({ none: '', one: 'a', two: 'ab', three: 'abc' })) {
    group.valid(`remainder-${name}`, { token: token(HS, { ...CLAIMS, fill }) });
  }
  group.valid('minus-and-underscore', {
    token: token({ ...HS, x: '\u00fb\u00ff~~~???>>>' }, { ...CLAIMS, x: '\u00fb\u00ff~~~???>>>' }),
  });
  return group.cases;
}

/** Bytes that are no UTF-8 (RFC 3629, section 3). */
const NO_UTF8 = {
  'lone-continuation': '80',
  'two-continuations': 'bfbf',
  'truncated-2': 'c3',
  'truncated-3': 'e282',
  'truncated-4': 'f09f94',
  'overlong-2': 'c1bf',
  'overlong-3': 'e080af',
  'overlong-4': 'f08080af',
  'overlong-quote': 'c0a2',
  'surrogate-high': 'eda080',
  'surrogate-low': 'edb080',
  'surrogate-pair-cesu8': 'eda081edb080',
  'above-10ffff': 'f4908080',
  'five-bytes': 'f888808080',
  'six-bytes': 'fc8480808080',
  f5: 'f5808080',
  fe: 'fe',
  ff: 'ff',
  latin1: 'e9',
};

/** What is UTF-8, and looks odd. */
const UTF8 = {
  nonascii: 'é',
  'three-bytes': '€',
  'four-bytes': '🔑',
  'last-code-point': '\u{10ffff}',
  noncharacter: '\uffff',
  'replacement-character': '\ufffd',
  'bom-inside': '\ufeff',
  'line-separator': '\u2028',
  del: '\u007f',
  c1: '\u0085',
  nfd: 'e\u0301',
  'right-to-left': '\u202e',
  'escaped-nul': '\\u0000',
  'escaped-lone-surrogate': '\\ud800',
  'escaped-pair': '\\ud83d\\udd11',
};

export function utf8() {
  const group = new Group('utf8', 'RFC 7519 7.2, RFC 7515 5.2: header and payload are UTF-8');
  const [before, after] = ['{"alg":"HS256","kid":"h1","x":"', '"}'];
  const claims = `${JSON_CLAIMS.slice(0, -1)},"x":"`;
  for (const [name, hex] of Object.entries(NO_UTF8)) {
    const wrap = (/** @type {string} */ text) =>
      Buffer.concat([Buffer.from(text), Buffer.from(hex, 'hex'), Buffer.from(after)]);
    group.invalid(`payload-${name}`, 'invalid_jwt/payload', { token: token(HS, wrap(claims)) });
    group.invalid(`header-${name}`, 'invalid_jwt/header', { token: token(wrap(before)) });
  }
  for (const [name, text] of Object.entries(UTF8)) {
    group.valid(`payload-${name}`, { token: token(HS, `${claims}${text}${after}`) });
    group.valid(`header-${name}`, { token: token(`${before}${text}${after}`) });
  }
  /** @type {Record<string, (text: string) => Buffer>} */
  const encodings = {
    bom: (text) => Buffer.from(`\ufeff${text}`),
    utf16le: (text) => Buffer.from(text, 'utf16le'),
    'utf16be-bom': (text) => Buffer.from(`\ufeff${text}`, 'utf16le').swap16(),
    utf32le: (text) => Buffer.from(Array.from(text).flatMap((c) => [c.charCodeAt(0), 0, 0, 0])),
    utf7: (text) => Buffer.from(text.replaceAll('"', '+ACI-')),
  };
  for (const [name, make] of Object.entries(encodings)) {
    group.invalid(`payload-${name}`, 'invalid_jwt/payload', {
      token: token(HS, make(JSON_CLAIMS)),
    });
    group.invalid(`header-${name}`, 'invalid_jwt/header', {
      token: token(make(JSON.stringify(HS))),
    });
  }
  return group.cases;
}

/** Values that no JSON text may hold (RFC 8259). */
const NO_VALUES = {
  'leading-zero': '01',
  'minus-leading-zero': '-01',
  'two-zeros': '00',
  'no-fraction': '1.',
  'no-whole': '.5',
  plus: '+1',
  'minus-only': '-',
  'two-minus': '--1',
  'no-exponent': '1e',
  'sign-without-exponent': '1e+',
  'fraction-of-exponent': '1e1.5',
  hex: '0x10',
  octal: '0o17',
  binary: '0b1',
  separator: '1_000',
  bigint: '1n',
  nan: 'NaN',
  infinity: 'Infinity',
  'minus-infinity': '-Infinity',
  undefined: 'undefined',
  'true-capital': 'True',
  'null-capital': 'NULL',
  'single-quotes': "'a'",
  backticks: '`a`',
  unquoted: 'abc',
  'trailing-comma-array': '[1,]',
  'leading-comma-array': '[,1]',
  'trailing-comma-object': '{"a":1,}',
  'unquoted-name': '{a:1}',
  'number-name': '{1:1}',
  'no-colon': '{"a" 1}',
  'no-comma': '[1 2]',
  'not-closed-array': '[1',
  'wrong-bracket': '[1}',
  comment: '1/* */',
  'line-comment': '1//\n',
  'raw-newline': '"a\nb"',
  'raw-tab': '"a\tb"',
  'raw-nul': '"a\u0000b"',
  'raw-unit-separator': '"a\u001fb"',
  'escape-x': '"\\x41"',
  'escape-quote': '"\\\'"',
  'escape-nul': '"\\0"',
  'escape-u-short': '"\\u12"',
  'escape-u-no-hex': '"\\u12g4"',
  'escape-u-braces': '"\\u{41}"',
  'escape-at-the-end': '"\\"',
  'escape-capital-u': '"\\U00000041"',
  function: 'function(){}',
  date: 'new Date()',
  regexp: '/a/',
};

/** Values that look odd, and are JSON. */
const VALUES = {
  'minus-zero': '-0',
  exponent: '1e2',
  'exponent-capital': '1E+2',
  'exponent-negative': '1.5e-3',
  'exponent-leading-zero': '1e007',
  large: '12345678901234567890',
  'too-large': '1e400',
  'many-digits': `0.${'1'.repeat(400)}`,
  'escape-solidus': '"\\/"',
  'escape-all': '"\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041"',
  'whitespace-inside': ' \t\r\n[ \t\r\n] \t\r\n',
  'empty-name': '{"":1}',
  'long-name': `{"${'n'.repeat(1000)}":1}`,
  'brackets-in-text': `"${'[{'.repeat(200)}"`,
  'number-in-text': '"01 1. .5 +1"',
  '300-members': `{${Array.from({ length: 300 }, (_, i) => `"m${i}":${i}`).join(',')}}`,
  '1000-empty-arrays': `[${Array(1000).fill('[]').join(',')}]`,
  'quote-escaped-before-bracket': '"\\\\\\"["',
};

/** Whole texts that are no JSON object. */
const NO_OBJECTS = {
  space: ' ',
  nul: '\u0000',
  'open-brace': '{',
  'close-brace': '}',
  'empty-array': '[]',
  text: '"alice"',
  'text-of-json': JSON.stringify(JSON_CLAIMS),
  'minus-zero': '-0',
  true: 'true',
  'two-objects': `${JSON_CLAIMS}${JSON_CLAIMS}`,
  'object-and-comma': `${JSON_CLAIMS},`,
  'object-and-brace': `${JSON_CLAIMS}}`,
  'object-and-nul': `${JSON_CLAIMS}\u0000`,
  'object-and-text': `${JSON_CLAIMS} x`,
  'in-parentheses': `(${JSON_CLAIMS})`,
  'after-a-guard': `)]}'\n${JSON_CLAIMS}`,
  'after-a-vertical-tab': `\u000b${JSON_CLAIMS}`,
  'after-an-en-space': `\u2002${JSON_CLAIMS}`,
  'after-a-line-separator': `\u2028${JSON_CLAIMS}`,
  'after-a-comment': `/**/${JSON_CLAIMS}`,
  'form-encoded': 'sub=alice&exp=4102444800',
  xml: '<claims/>',
  cbor: '\u00a1',
};

/** As deep as JSON may nest (docs/settings.md). */
const DEPTH = 24;

export function json() {
  const group = new Group('json', 'RFC 8259; RFC 7519 7.2: header and payload are JSON objects');
  const withValue = (/** @type {string} */ value) => `${JSON_CLAIMS.slice(0, -1)},"x":${value}}`;
  const inHeader = (/** @type {string} */ value) => `{"alg":"HS256","kid":"h1","x":${value}}`;
  for (const [name, value] of Object.entries(NO_VALUES)) {
    group.invalid(`payload-${name}`, 'invalid_jwt/payload', { token: token(HS, withValue(value)) });
  }
  for (const name of /** @type {const} */ ([
    'leading-zero',
    'raw-newline',
    'trailing-comma-array',
    'comment',
    'escape-x',
    'nan',
  ])) {
    group.invalid(`header-${name}`, 'invalid_jwt/header', {
      token: token(inHeader(NO_VALUES[name])),
    });
  }
  for (const [name, value] of Object.entries(VALUES)) {
    group.valid(`payload-${name}`, { token: token(HS, withValue(value)) });
  }
  for (const name of /** @type {const} */ ([
    'minus-zero',
    'brackets-in-text',
    'too-large',
    'whitespace-inside',
  ])) {
    group.valid(`header-${name}`, { token: token(inHeader(VALUES[name])) });
  }
  for (const [name, text] of Object.entries(NO_OBJECTS)) {
    group.invalid(`whole-payload-${name}`, 'invalid_jwt/payload', { token: token(HS, text) });
  }
  for (const text of ['[]', 'null', '"HS256"', '5', '{', `${JSON.stringify(HS)}x`]) {
    group.invalid(`whole-header-${text}`, 'invalid_jwt/header', { token: token(text) });
  }
  nest(group, withValue, inHeader);
  repeat(group);
  return group.cases;
}

/**
 * @param {Group} group
 * @param {(value: string) => string} withValue
 * @param {(value: string) => string} inHeader
 */
function nest(group, withValue, inHeader) {
  const rule = 'docs/settings.md: JSON nests 24 levels at most';
  const arrays = (/** @type {number} */ depth) => '['.repeat(depth) + ']'.repeat(depth);
  const objects = (/** @type {number} */ depth) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
  for (const [name, make] of /** @type {const} */ ([
    ['arrays', arrays],
    ['objects', objects],
  ])) {
    // The object itself is a level.
    group.valid(`payload-${name}-deepest`, { token: token(HS, withValue(make(DEPTH - 1))) }, rule);
    group.valid(`header-${name}-deepest`, { token: token(inHeader(make(DEPTH - 1))) }, rule);
    for (const depth of [DEPTH, 31, 32, 33, 1000]) {
      group.invalid(
        `payload-${name}-${depth + 1}`,
        'invalid_jwt/payload',
        { token: token(HS, withValue(make(depth))) },
        rule,
      );
    }
    group.invalid(
      `header-${name}-${DEPTH + 1}`,
      'invalid_jwt/header',
      { token: token(inHeader(make(DEPTH))) },
      rule,
    );
  }
  group.invalid(
    'payload-open-brackets',
    'invalid_jwt/payload',
    { token: token(HS, '['.repeat(4000)) },
    rule,
  );
  group.invalid(
    'payload-open-braces',
    'invalid_jwt/payload',
    { token: token(HS, '{"a":'.repeat(900)) },
    rule,
  );
}

/** @param {Group} group */
function repeat(group) {
  const rule = 'RFC 7515 4, RFC 7519 4: of a repeated name the last one counts';
  const claims = (/** @type {string} */ more) => `${JSON_CLAIMS.slice(0, -1)},${more}}`;
  group.valid(
    'repeated-exp-good-last',
    { token: token(HS, claims('"exp":1,"exp":4102444800')) },
    rule,
  );
  group.invalid(
    'repeated-exp-expired-last',
    'not_active/expired',
    { token: token(HS, claims('"exp":1')) },
    rule,
  );
  group.valid(
    'repeated-aud-good-last',
    { token: token(HS, claims('"aud":"x","aud":"api"')), policy: { audience: 'api' } },
    rule,
  );
  group.invalid(
    'repeated-aud-bad-last',
    'bad_audience/aud',
    { token: token(HS, claims('"aud":"x"')), policy: { audience: 'api' } },
    rule,
  );
  group.invalid(
    'repeated-iss-escaped-last',
    'bad_issuer/iss',
    {
      token: token(HS, claims('"\\u0069ss":"https://attacker.example"')),
      policy: { issuer: 'https://issuer.example' },
    },
    rule,
  );
  group.invalid(
    'repeated-alg-none-last',
    'bad_algorithm/alg',
    { token: token('{"alg":"HS256","kid":"h1","alg":"none"}') },
    rule,
  );
  group.valid(
    'repeated-alg-none-first',
    { token: token('{"alg":"none","kid":"h1","alg":"HS256"}') },
    rule,
  );
  group.invalid(
    'repeated-crit-null-last',
    'invalid_jwt/crit',
    { token: token('{"alg":"HS256","kid":"h1","crit":["x"],"crit":null}') },
    rule,
  );
}
