import { beforeEach, expect, test, vi } from 'vitest';
import { IntrospectionAnswers } from '../../../src/introspection/answers.ts';
import { fakeDict, zoneOf } from '../../support/fake-zone.ts';

const CLAIMS = '{"active":true,"sub":"alice"}';

let dict = fakeDict();
let inactive = fakeDict();
let answers = openAnswers();

function openAnswers(): IntrospectionAnswers {
  return new IntrospectionAnswers(zoneOf(dict, 'auth_jwt_introspected'), zoneOf(inactive));
}

beforeEach(() => {
  dict = fakeDict();
  inactive = fakeDict();
  answers = openAnswers();
});

test('what has been said of a token by an endpoint is found, and nothing else', async () => {
  await answers.add('/a', 'token', CLAIMS, 60);
  await answers.add('/a', 'bad', 'inactive', 10);
  expect(await answers.find('/a', 'token')).toBe(CLAIMS);
  expect(await answers.find('/a', 'bad')).toBe('inactive');
  expect(await answers.find('/b', 'token')).toBeUndefined();
  expect(await answers.find('/a', 'Token')).toBeUndefined();
});

test('it lasts as long as it is said to', async () => {
  await answers.add('/a', 'token', CLAIMS, 60);
  await answers.add('/a', 'bad', 'inactive', 10);
  const left = [dict, inactive].map((zone) => zone.keys().map((key) => zone.timeLeft(key)));
  expect(left).toEqual([[60_000], [10_000]]);
});

test.each([0, -1])('what counts for %d seconds is not remembered', async (seconds) => {
  await answers.add('/a', 'token', CLAIMS, seconds);
  await answers.add('/a', 'bad', 'inactive', seconds);
  expect([...dict.keys(), ...inactive.keys()]).toEqual([]);
});

test('neither token nor claims stand there in the clear', async () => {
  await answers.add('/a', 'token', CLAIMS, 60);
  const [key = ''] = dict.keys();
  expect(key).toMatch(/^[\w-]{43}$/);
  expect(dict.get(key)).toMatch(/^\d{13} [\w-]+$/);
  expect(Buffer.from((dict.get(key) ?? '').slice(14), 'base64url').includes('alice')).toBe(false);
});

test('of two requests that ask at once, the one that hears of the end counts', async () => {
  await answers.add('/a', 'token', CLAIMS, 60);
  await answers.add('/a', 'token', 'inactive', 10);
  expect(await answers.find('/a', 'token')).toBe('inactive');
  await answers.add('/a', 'token', CLAIMS, 60);
  expect(await answers.find('/a', 'token')).toBe('inactive');
  expect(dict.keys()).toEqual([]);
});

test('a token that is revoked while its claims are being sealed does not stay', async () => {
  const sealing = answers.add('/a', 'token', CLAIMS, 60);
  await answers.add('/a', 'token', 'inactive', 10);
  await sealing;
  expect(await answers.find('/a', 'token')).toBe('inactive');
  expect(dict.keys()).toEqual([]);
});

test('invented tokens fill a part of a zone of their own', async () => {
  await answers.add('/a', 'token', CLAIMS, 60);
  for (let index = 0; index < 20_000; index += 1) {
    await answers.add('/a', `invented ${index}`, 'inactive', 10);
  }
  expect(dict.keys()).toHaveLength(1);
  expect(inactive.keys()).toHaveLength(38 * 38);
  expect(await answers.find('/a', 'token')).toBe(CLAIMS);
  expect(await answers.find('/a', 'invented 19999')).toBe('inactive');
});

test('it lasts no longer where the clock is put back', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  try {
    await answers.add('/a', 'token', CLAIMS, 60);
    await answers.add('/a', 'bad', 'inactive', 10);
    vi.setSystemTime(Date.now() - 3600_000);
    expect([...dict.keys(), ...inactive.keys()]).toHaveLength(2);
    expect(await answers.find('/a', 'token')).toBeUndefined();
    expect(await answers.find('/a', 'bad')).toBeUndefined();
  } finally {
    vi.useRealTimers();
  }
});

test('what is no answer has to be asked for again', async () => {
  await answers.add('/a', 'token', CLAIMS, 60);
  const [key = ''] = dict.keys();
  for (const stored of ['nonsense', `${Date.now()} nonsense`, '', ' ']) {
    dict.set(key, stored, 1000);
    expect(await answers.find('/a', 'token')).toBeUndefined();
  }
});

test('without room nothing is remembered, and nothing is thrown', async () => {
  dict.room = 0;
  inactive.room = 0;
  await answers.add('/a', 'token', CLAIMS, 60);
  await answers.add('/a', 'bad', 'inactive', 60);
  expect(await answers.find('/a', 'token')).toBeUndefined();
  expect(await answers.find('/a', 'bad')).toBeUndefined();
});

test('without a zone nothing is, and nothing is sealed', async () => {
  const encrypt = vi.spyOn(crypto.subtle, 'encrypt');
  const none = new IntrospectionAnswers(undefined);
  await none.add('/a', 'token', CLAIMS, 60);
  await none.add('/a', 'bad', 'inactive', 60);
  expect(await none.find('/a', 'token')).toBeUndefined();
  expect([none.isOn(), answers.isOn()]).toEqual([false, true]);
  expect(encrypt).not.toHaveBeenCalled();
});
