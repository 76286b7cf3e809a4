import { describe, expect, test } from 'vitest';
import { checkGrants } from '../../../src/claims/grants.ts';
import type { JsonObject } from '../../../src/json.ts';
import { refused } from '../../support/refusals.ts';

const NONE = { names: [], isAny: false };

describe('scopes', () => {
  const check = (claims: JsonObject, names: string[], isAny = false) =>
    checkGrants(claims, { scopes: { names, isAny }, roles: NONE, rolesPath: ['roles'] });

  test.each([
    ['a list', { scope: 'read write' }],
    ['an array', { scope: ['write', 'read'] }],
    ['scp, a list', { scp: 'read write' }],
    ['scp, an array', { scp: ['read', 'write'] }],
    ['more than wanted', { scope: 'openid read  write x' }],
  ])('are all there: %s', (_what, claims: JsonObject) => {
    expect(() => check(claims, ['read', 'write'])).not.toThrow();
  });

  test.each<[string, JsonObject]>([
    ['no claim', {}],
    ['an empty text', { scope: '' }],
    ['one of two', { scope: 'read' }],
    ['another case', { scope: 'Read Write' }],
    ['a part of a name', { scope: 'read:all write' }],
    ['commas', { scope: 'read,write' }],
    ['two names in one item', { scope: ['read write'] }],
    ['a number', { scope: 5 }],
    ['an object', { scope: { read: true, write: true } }],
    ['null', { scope: null }],
    ['what only scp has, beside a scope', { scope: 'openid', scp: 'read write' }],
    ['true', { scope: true, scp: 'read write' }],
  ])('are not: %s', (_what, claims) => {
    expect(() => check(claims, ['read', 'write'])).toThrow(refused('no_roles', 'scope'));
  });

  test('of which one suffices', () => {
    expect(() => check({ scope: 'write' }, ['read', 'write'], true)).not.toThrow();
    expect(() => check({ scope: 'x' }, ['read', 'write'], true)).toThrow(
      refused('no_roles', 'scope'),
    );
  });

  test('are not asked for', () => {
    expect(() => check({}, [])).not.toThrow();
    expect(() => check({}, [], true)).not.toThrow();
  });
});

describe('roles', () => {
  const check = (claims: JsonObject, names: string[], isAny = false) =>
    checkGrants(claims, { scopes: NONE, roles: { names, isAny }, rolesPath: ['realm', 'roles'] });

  test.each<[string, JsonObject]>([
    ['an array', { realm: { roles: ['editor', 'admin'] } }],
    ['one text', { realm: { roles: 'admin' } }],
  ])('are there: %s', (_what, claims) => {
    expect(() => check(claims, ['admin'])).not.toThrow();
  });

  test.each<[string, JsonObject]>([
    ['no claim', {}],
    ['elsewhere', { roles: ['admin'] }],
    ['a text with spaces is one role', { realm: { roles: 'super admin' } }],
    ['an item with spaces', { realm: { roles: ['super admin'] } }],
    ['other types', { realm: { roles: [['admin'], { admin: true }, 1, null] } }],
    ['an object', { realm: { roles: { admin: true } } }],
    ['a number', { realm: { roles: 1 } }],
  ])('are not: %s', (_what, claims) => {
    expect(() => check(claims, ['admin'])).toThrow(refused('no_roles', 'roles'));
    expect(() => check(claims, ['admin', 'x'], true)).toThrow(refused('no_roles', 'roles'));
  });

  test('are all wanted, or one', () => {
    const claims = { realm: { roles: ['editor'] } };
    expect(() => check(claims, ['admin', 'editor'], true)).not.toThrow();
    expect(() => check(claims, ['admin', 'editor'])).toThrow(refused('no_roles', 'roles'));
  });
});

test('roles are told of before scopes', () => {
  const one = { names: ['x'], isAny: false };
  expect(() => checkGrants({}, { scopes: one, roles: one, rolesPath: ['roles'] })).toThrow(
    refused('no_roles', 'roles'),
  );
});

test('where no name is wanted there is nothing to be one of', () => {
  const policy = { scopes: { names: [], isAny: true }, roles: { names: [], isAny: true } };
  expect(() => checkGrants({}, { ...policy, rolesPath: ['roles'] })).not.toThrow();
});
