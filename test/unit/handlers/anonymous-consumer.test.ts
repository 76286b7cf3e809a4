// Who those are that pass unknown: found at once, from a file that is not read for each of them.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { anonymousConsumer } from '../../../src/handlers/anonymous-consumer.ts';
import { consumersSource } from '../../../src/keys/source.ts';
import type { KeyWorld } from '../../../src/keys/source-keys.ts';
import type { Settings } from '../../../src/settings/settings.ts';
import { fakeDict } from '../../support/fake-zone.ts';
import { fakeTime, keyWorld, pass, TIMES } from '../../support/key-world.ts';
import { refused } from '../../support/refusals.ts';

let count = 0;

beforeEach(fakeTime);
afterEach(() => {
  vi.useRealTimers();
});

/** One nginx with a file of consumers that no other test has. */
function nginx(secret = 'x'.repeat(40)) {
  const { store } = keyWorld(fakeDict());
  count += 1;
  const path = join(mkdtempSync(join(tmpdir(), 'consumers-')), `${count}.json`);
  const write = (username: string) =>
    writeFileSync(
      path,
      JSON.stringify({
        consumers: [
          { id: '1', username, jwt_secrets: [{ key: `k${count}`, secret }] },
          { id: '2', username: 'other' },
        ],
      }),
    );
  write('nobody');
  const source = consumersSource(path, 'iss', false);
  const settings = { ...TIMES, sources: [source], consumers: { claim: 'iss', anonymous: '1' } };
  const world = { store, now: () => Math.floor(Date.now() / 1000) } as KeyWorld;
  return {
    store,
    source,
    write,
    remove: () => rmSync(path),
    find: () => anonymousConsumer(settings as unknown as Settings, world),
  };
}

test('the file is read once, and again when its time is over', async () => {
  const { find, write, remove } = nginx();
  expect(find()).toMatchObject({ id: '1', username: 'nobody', credential: '' });
  remove();
  expect(find()).toMatchObject({ username: 'nobody' });
  write('somebody');
  expect(find()).toMatchObject({ username: 'nobody' });
  await pass(TIMES.keyCache);
  expect(find()).toMatchObject({ username: 'somebody' });
});

test('nobody is kept from reading it anew for keys', async () => {
  const { find, store, source } = nginx();
  find();
  await pass(TIMES.keyCache * 0.95);
  find();
  expect(store.isLocked(source)).toBe(false);
});

test('a file that has gone refuses, and so does a consumer who is not there', async () => {
  const { find, remove } = nginx();
  remove();
  expect(find).toThrow(refused('keys_unavailable', 'auth_jwt_consumers_file'));
  const settings = { sources: [], consumers: undefined } as unknown as Settings;
  expect(anonymousConsumer(settings, {} as KeyWorld)).toBeUndefined();
});
