// Entities name each other by name or by id, as a text or as a mapping with one of them.

/** @import { Entity } from './entity.mjs' */

/**
 * @typedef {object} Named
 * @property {string | undefined} id
 * @property {string | undefined} name what people call it; of a consumer the `username`
 */

/**
 * Finds the one that an entity refers to.
 *
 * @template {Named} T
 * @param {Entity} from
 * @param {string} member where it says which one: `service`, `route`, `consumer`
 * @param {readonly T[]} all
 * @returns {T | undefined} nothing where it refers to none, or to one that is not there: a fault
 */
export function refer(from, member, all) {
  const value = from.get(member);
  if (value === undefined) {
    return undefined;
  }
  const isText = typeof value === 'string';
  const [word] = isText ? [value] : namesIn(from.child(member));
  if (word === undefined) {
    from.fault(`does not say which ${member}`, member);
    return undefined;
  }
  return find(from, [member], word, all);
}

/**
 * Finds an entity by a word for it.
 *
 * @template {Named} T
 * @param {Entity} from
 * @param {string[]} way to the word
 * @param {string} word
 * @param {readonly T[]} all
 * @returns {T | undefined}
 */
export function find(from, way, word, all) {
  const found = all.find(({ id, name }) => id === word || name === word);
  if (found === undefined) {
    from.fault('there is nothing of this name or id in the file', ...way);
  }
  return found;
}

/** @param {Entity} reference */
function namesIn(reference) {
  return ['id', 'name', 'username'].flatMap((name) => reference.text(name) ?? []);
}

/**
 * Two entities of one name or id cannot be told apart.
 *
 * @template {Named & {entity: Entity}} T
 * @param {readonly T[]} all
 */
export function checkUnique(all) {
  const seen = new Set();
  for (const { id, name, entity } of all) {
    const words = new Set([id, name].filter((word) => word !== undefined));
    if ([...words].some((word) => seen.has(word))) {
      entity.fault('has the name or the id of another one');
    }
    for (const word of words) {
      seen.add(word);
    }
  }
}
