import { isObject, type Json, type JsonObject, member } from '../json.ts';
import type { KeySet } from '../keys/jwks.ts';
import { Memo } from '../memo.ts';
import { refuse } from '../refusal.ts';
import type { Token } from '../token/decode.ts';
import { type Consumer, type ConsumerPolicy, type Credential, ownerOf } from './consumer.ts';

/** Credentials by the value of the key claim; without a prototype, for a token chooses the value. */
interface Book {
  [key: string]: Credential | undefined;
}

/** Books by generation: a context of QuickJS writes each once. */
const books = new Memo<Book>(4);

/**
 * Finds the credential that a token names. Nothing is vouched for: the signature has to be verified with
 * exactly this credential.
 *
 * @param keySet entries of the consumers
 * @param token the header of the token
 * @param claim the header parameter that names it, as Kong does, where no claim of that name does
 * @param claimed value of that claim; `undefined` where the token has none
 * @returns the credential; `undefined` where nobody has it
 * @throws Refusal `unknown_key` where the token names none (`key_claim_missing`, `key_claim_invalid`),
 * `bad_algorithm` where it is for another algorithm
 */
export function findCredential(
  keySet: KeySet,
  token: Pick<Token, 'header' | 'alg'>,
  claim: string,
  claimed: Json | undefined,
): Credential | undefined {
  const credential = bookOf(keySet)[keyIn(token, claim, claimed)];
  if (credential !== undefined && credential.alg !== token.alg) {
    throw refuse('bad_algorithm', 'alg');
  }
  return credential;
}

/**
 * Tells whose a token is, whose signature has been verified with the credential that it names: its payload, parsed,
 * must name the one that was found before.
 *
 * @param token the token, with the `kid` of the key that signed it
 * @param keySet entries of the consumers: the very ones
 * @param policy how they are found; `undefined` where there are none
 * @returns the consumer, if there are any
 * @throws Refusal `unknown_key` where the credential has gone, or is another one
 */
export function consumerOf(
  token: Token,
  keySet: KeySet,
  policy: ConsumerPolicy | undefined,
): Consumer | undefined {
  if (policy === undefined) {
    return undefined;
  }
  const credential = findCredential(
    keySet,
    token,
    policy.claim,
    member(token.claims, policy.claim),
  );
  if (credential === undefined || credential.kid !== token.signer) {
    throw refuse('unknown_key', 'kid');
  }
  return ownerOf(credential);
}

/**
 * Finds a consumer by its `id`, or by its `username`, for those who have shown no credential.
 *
 * @param entries entries of the consumers
 * @param name the one or the other
 * @throws Refusal `bad_configuration` where there is none
 */
export function findAnonymous(entries: readonly JsonObject[], name: string): Consumer {
  const all = entries.filter(isCredential).map(ownerOf);
  const found =
    all.filter(({ id }) => id === name)[0] ?? all.filter(({ username }) => username === name)[0];
  if (found === undefined) {
    const setting = 'auth_jwt_anonymous_consumer';
    throw refuse(
      'bad_configuration',
      setting,
      `$${setting} is "${name}": there is no such consumer`,
    );
  }
  return { ...found, credential: '' };
}

function keyIn(
  { header }: Pick<Token, 'header'>,
  claim: string,
  claimed: Json | undefined,
): string {
  const value = claimed === undefined ? member(header, claim) : claimed;
  if (value === undefined) {
    throw refuse('unknown_key', 'key_claim_missing');
  }
  if (typeof value !== 'string' || value === '') {
    throw refuse('unknown_key', 'key_claim_invalid');
  }
  return value;
}

function bookOf({ keys, generation }: KeySet): Book {
  const known = generation === '' ? undefined : books.find(generation);
  if (known !== undefined) {
    return known;
  }
  const book: Book = Object.create(null);
  for (const entry of keys) {
    if (isCredential(entry) && typeof entry.kid === 'string') {
      book[entry.kid] = entry;
    }
  }
  if (generation !== '') {
    books.keep(generation, book);
  }
  return book;
}

function isCredential(entry: JsonObject): entry is Credential {
  return isObject(member(entry, 'consumer'));
}
