import { refuse } from '../refusal.ts';
import { isAvailable } from '../signature/availability.ts';
import { drainErrorQueue, subtle } from '../signature/subtle.ts';
import { verifySignature } from '../signature/verify.ts';
import { MAX_TOKEN_LENGTH } from '../token/decode.ts';
import { loginFault } from './login-fault.ts';
import { FILE_SETTING } from './signing-file.ts';
import type { SigningKey } from './signing-key.ts';

/**
 * Signs a token (RFC 7515, section 5.1), and verifies it: one that is made by the wrong half of a pair,
 * or by a fault of the machine, does not leave.
 *
 * @param key the key
 * @param typ `typ` of the header
 * @param claims the payload, JSON
 * @returns the compact token
 * @throws Refusal `bad_configuration` where the key does not sign in this nginx, or its halves are not
 * of one pair; {@link loginFault} where the token is longer than any that is accepted
 */
export async function signToken(key: SigningKey, typ: string, claims: string): Promise<string> {
  const { algorithm, kid } = key;
  const header = JSON.stringify({ alg: algorithm.name, typ, kid });
  const signingInput = `${encode(header)}.${encode(claims)}`;
  if (!(await isAvailable(algorithm))) {
    throw unusable(`wants ${algorithm.name}, which this nginx was built without`);
  }
  const signature = await signText(key, signingInput);
  const token = `${signingInput}.${signature.toString('base64url')}`;
  if (token.length > MAX_TOKEN_LENGTH) {
    throw loginFault(`makes a token of more than ${MAX_TOKEN_LENGTH} characters`);
  }
  const signed = { signature, signingInput };
  await verifySignature(signed, algorithm, [key.verification], (isGood) => {
    if (!isGood) {
      throw unusable('makes signatures that its own public half does not verify');
    }
  });
  return token;
}

/** The text of an error is OpenSSL's whole queue: nothing of it is told. */
async function signText(key: SigningKey, text: string): Promise<Buffer> {
  const { algorithm, format, data } = key;
  try {
    const imported = await subtle.importKey(format, data, algorithm.importParameters, false, [
      'sign',
    ]);
    return Buffer.from(await subtle.sign(algorithm.verifyParameters, imported, Buffer.from(text)));
  } catch (_error) {
    await drainErrorQueue();
    throw unusable('cannot be imported: its members do not belong together');
  }
}

function encode(text: string): string {
  return Buffer.from(text).toString('base64url');
}

function unusable(problem: string) {
  return refuse('bad_configuration', FILE_SETTING, `the key of $${FILE_SETTING} ${problem}`);
}
