import { describe, expect, test } from 'vitest';
import { parseList, parseSwitch, parseTime } from '../../../src/settings/values.ts';

describe('parseTime', () => {
  test.each([
    ['0', 0],
    ['30', 30],
    ['007', 7],
    ['0s', 0],
    ['500ms', 0.5],
    ['30s', 30],
    ['10m', 600],
    ['1h', 3600],
    ['1d', 86400],
    ['1w', 604800],
    ['1M', 2592000],
    ['1y', 31536000],
    ['1h30m', 5400],
    ['1h 30m', 5400],
    ['1h\t30m 5s', 5405],
    ['100y', 3153600000],
  ])('reads %j as %d seconds', (text, seconds) => {
    expect(parseTime(text)).toBe(seconds);
  });

  test.each([
    ...['', ' ', 's', '-1', '-1s', '+1s', '1.5s', '.5s', '1,5s', '1e3', '1e3s', '0x10', '1S', '1H'],
    ...['1 h', '1h 30', '30 1h', '1 0s', '10x', '1hour', '30s!', '!30s', '30s;', '١s', 'on', 'off'],
    ...['101y', '9'.repeat(30), `${'9'.repeat(400)}s`, 'Infinity', 'NaN', '1h\n30m'],
  ])('does not read %j', (text) => {
    expect(parseTime(text)).toBeUndefined();
  });
});

test('a time of many digits is refused at once, not after the square of their number', () => {
  const begin = performance.now();
  expect(parseTime(`${'1'.repeat(100_000)}!`)).toBeUndefined();
  expect(performance.now() - begin).toBeLessThan(500);
});

test.each([
  ['on', true],
  ['off', false],
])('the switch %j is %s', (text, state) => {
  expect(parseSwitch(text)).toBe(state);
});

test.each(['', 'ON', 'Off', 'true', 'false', '1', '0', 'yes', 'on off'])(
  '%j is no switch',
  (text) => {
    expect(parseSwitch(text)).toBeUndefined();
  },
);

test.each([
  ['', []],
  [' \t\n', []],
  ['a', ['a']],
  ['  a  b\tc\r\nd ', ['a', 'b', 'c', 'd']],
  ['a,b', ['a,b']],
])('the list %j has the words %j', (text, words) => {
  expect(parseList(text)).toEqual(words);
});
