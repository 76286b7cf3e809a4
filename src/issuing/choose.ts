import { type JsonObject, member } from '../json.ts';
import { type Refusal, refuse } from '../refusal.ts';
import { isForSignatures } from '../signature/key-use.ts';
import { algorithmOf, kidOf } from './jwk.ts';
import { FILE_SETTING } from './signing-file.ts';
import { type SigningKey, toSigningKey, WANTED } from './signing-key.ts';

const KID_SETTING = 'auth_jwt_signing_kid';

/**
 * Chooses the key that signs: the first one that is there to sign, or the first of the name that is
 * wanted.
 *
 * @param keys keys of `$auth_jwt_signing_key_file`
 * @param kid `$auth_jwt_signing_kid`; `undefined`: any
 * @throws Refusal `bad_configuration` where there is none, or its material cannot be used: a weak key is
 * not passed over for another one, whose tokens nobody may expect
 */
export function chooseSigningKey(keys: readonly JsonObject[], kid: string | undefined): SigningKey {
  for (let index = 0; index < keys.length; index += 1) {
    const jwk = keys[index] as JsonObject;
    const algorithm = algorithmOf(jwk);
    if (algorithm === undefined || !signs(jwk) || (kid !== undefined && kidOf(jwk) !== kid)) {
      continue;
    }
    const key = toSigningKey(jwk, algorithm, kidOf(jwk));
    if (key === undefined) {
      throw unusable(`key ${index + 1} of $${FILE_SETTING} cannot sign: ${WANTED}`);
    }
    return key;
  }
  throw kid === undefined
    ? unusable(`$${FILE_SETTING} holds no private key that may sign, with an algorithm known here`)
    : refuse(
        'bad_configuration',
        KID_SETTING,
        `$${KID_SETTING} is "${kid}": $${FILE_SETTING} holds no private key of that name that may sign`,
      );
}

/** Meant to sign, and private. */
function signs(jwk: JsonObject): boolean {
  const half = member(jwk, 'kty') === 'oct' ? 'k' : 'd';
  return isForSignatures(jwk, ['sign']) && member(jwk, half) !== undefined;
}

function unusable(explanation: string): Refusal {
  return refuse('bad_configuration', FILE_SETTING, explanation);
}
