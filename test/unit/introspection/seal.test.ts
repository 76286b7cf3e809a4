import { expect, test } from 'vitest';
import { seal, unseal } from '../../../src/introspection/seal.ts';

const TEXT = JSON.stringify({ sub: 'Zoë', text: 'x'.repeat(5000) });

test('who brings the token again can read what is known of it', async () => {
  expect(await unseal('token', await seal('token', TEXT))).toBe(TEXT);
  expect(await unseal('token', await seal('token', ''))).toBe('');
});

test('nobody else can', async () => {
  const sealed = await seal('token', TEXT);
  expect(await unseal('Token', sealed)).toBeUndefined();
  expect(Buffer.from(sealed, 'base64url').includes('"sub":"Zo')).toBe(false);
});

test('the same is never sealed in the same way', async () => {
  expect(await seal('token', TEXT)).not.toBe(await seal('token', TEXT));
});

test('what has been changed is nothing', async () => {
  const sealed = await seal('token', TEXT);
  const bytes = Buffer.from(sealed, 'base64url');
  for (const at of [0, 11, 12, bytes.length - 1]) {
    const changed = Buffer.from(bytes);
    changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
    expect(await unseal('token', changed.toString('base64url'))).toBeUndefined();
  }
  for (const text of ['', '-', 'AAAA', 'A'.repeat(16), `${sealed}=`, sealed.slice(0, -4)]) {
    expect(await unseal('token', text)).toBeUndefined();
  }
});
