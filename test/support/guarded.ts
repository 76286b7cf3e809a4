// A request at the door: let pass as it stands, and told what the door has been told.

import { afterEach, beforeEach, expect, vi } from 'vitest';
import { openContext } from '../../src/handlers/context.ts';
import { type Door, guard } from '../../src/handlers/door.ts';
import { type FakeOptions, type FakeRequest, fakeRequest, reply } from './fake-request.ts';
import { declareZones } from './fake-zone.ts';
import { CLAIMS, createSigner, jwksOf, NOW } from './tokens.ts';

/** Whose keys the policy trusts. */
export const signer = await createSigner('ES256');

/** A token that the policy accepts. */
export const TOKEN = await signer.sign({ ...CLAIMS, role: ['admin', 'user'] });

const POLICY = {
  auth_jwt: 'orders',
  auth_jwt_issuer: CLAIMS.iss,
  auth_jwt_audience: CLAIMS.aud,
  auth_jwt_key_request: '/_jwks',
};

/** The context of the test: what it remembers from one request to the next. */
let context = openContext();

/** Begins each test of a file at the end of the second `NOW`, with empty zones. */
export function atFixedTime(): void {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], now: NOW * 1000 + 999 });
    declareZones();
    context = openContext();
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });
}

/** A request that is let pass, but for what a test changes. */
export function request({ variables, ...options }: FakeOptions = {}): FakeRequest {
  return fakeRequest({
    headers: bearer(TOKEN),
    subrequest: async () => reply(jwksOf(signer)),
    variables: { ...POLICY, ...variables },
    ...options,
  });
}

/** The header that bears a token. */
export function bearer(token: string): { Authorization: string } {
  return { Authorization: `Bearer ${token}` };
}

/** A door that remembers what it was told. */
export function door() {
  return { allow: vi.fn<Door['allow']>(), deny: vi.fn<Door['deny']>() };
}

/** Brings a request to a door. */
export function enter(r: FakeRequest, told: Door): Promise<void> | undefined {
  return guard(r, told, context);
}

/** Brings a request to a door of its own. */
export async function pass(r: FakeRequest) {
  const told = door();
  await enter(r, told);
  return told;
}

/** The door was told once, and to allow. */
export function expectAllowed(told: ReturnType<typeof door>): void {
  expect(told.allow).toHaveBeenCalledTimes(1);
  expect(told.deny).not.toHaveBeenCalled();
}

/** The door was told once, and to deny. */
export function expectDenied(told: ReturnType<typeof door>, status: number): void {
  expect(told.allow).not.toHaveBeenCalled();
  expect(told.deny.mock.calls.map(([, given]) => given)).toEqual([status]);
}

/** The claim variables that hold something. */
export function filled(r: FakeRequest): string[] {
  return Object.keys(r.variables).filter(
    (name) => name.startsWith('jwt_') && r.variables[name] !== '',
  );
}
