import { expect, test, vi } from 'vitest';
import { checkBinding } from '../../../src/claims/binding.ts';
import { refused } from '../../support/refusals.ts';
import { rows } from '../../support/rows.ts';

test.each(rows([{ jkt: 'x' }, { 'x5t#S256': 'x' }, {}, null, false, '', 0, []]))(
  'a token with cnf is refused, whatever its value: $value',
  ({ value: cnf }) => {
    const warn = vi.fn();
    const check = () => checkBinding({ cnf }, { ignoresBinding: false }, { warn });
    expect(check).toThrow(refused('bad_binding', 'cnf'));
    expect(warn).not.toHaveBeenCalled();
  },
);

test('a token with cnf passes where bindings are ignored, and the log is told', () => {
  const warn = vi.fn();
  checkBinding({ cnf: { jkt: 'x' } }, { ignoresBinding: true }, { warn });
  expect(warn).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('$auth_jwt_binding'));
});

test.each([true, false])('a bearer token passes without a word: ignored %j', (ignoresBinding) => {
  const warn = vi.fn();
  checkBinding({ sub: 'a', conf: 1 }, { ignoresBinding }, { warn });
  expect(warn).not.toHaveBeenCalled();
});
