import { expect, test } from 'vitest';
import { readLoginClaims } from '../../../src/issuing/login-claims.ts';
import { MAX_TOKEN_LENGTH } from '../../../src/token/decode.ts';
import { refused } from '../../support/refusals.ts';

const read = (body: string | Buffer) => readLoginClaims(Buffer.from(body as string));

test.each([
  '{}',
  '{"n":9007199254740991}',
  '{"sub":"alice","n":[1,-2.5,1e3,{"a":null}]}',
  ' {"ü":"\\u0000"} \n',
])('claims are read: %s', (body) => {
  expect(read(body)).toEqual(JSON.parse(body));
});

test.each([
  ...['', 'null', '[]', '[{}]', '"alice"', '5', '{', '{"a":1,}', '{"a":01}', '\ufeff{}'],
  ...[
    '{"uid":9007199254740992}',
    '{"a":[1,9007199254740993]}',
    '{"a":[{"uid":-12345678901234567890}]}',
    '{"a":1e400}',
  ],
  `{"a":${'['.repeat(24)}${']'.repeat(24)}}`,
  `{"a":"${'x'.repeat(MAX_TOKEN_LENGTH)}"}`,
  Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]),
])('what is none is refused: %s', (body) => {
  expect(() => read(body)).toThrow(refused('cannot_parse', 'auth_jwt_login_request'));
});
