// What Kong makes up where the file has nothing.

import { randomInt, randomUUID } from 'node:crypto';

/** @typedef {{id: () => string, text: () => string}} Random ids of consumers; keys and secrets */

const CHARACTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** 190 bits, in 32 characters that need no escape anywhere. */
function randomText() {
  return Array.from({ length: 32 }, () => CHARACTERS[randomInt(CHARACTERS.length)]).join('');
}

/** @type {Random} */
export const RANDOM = { id: randomUUID, text: randomText };
