import type { Consumer } from '../consumers/consumer.ts';
import { findAnonymous } from '../consumers/find.ts';
import type { JsonObject } from '../json.ts';
import { parseContent } from '../keys/content.ts';
import { readKeyFile } from '../keys/file.ts';
import { type KeySource, type KeyTimes, settingOf } from '../keys/source.ts';
import { freshEdition, type KeyWorld } from '../keys/source-keys.ts';
import type { Settings } from '../settings/settings.ts';

/**
 * Finds the consumer that those are who pass unknown. At once, for the verdict has been given: where the
 * consumers are not at hand, their file is read, and kept for the next.
 *
 * @param settings the policy
 * @param world what keys need
 * @returns `undefined` where there is none to be
 * @throws Refusal `bad_configuration` where it is not in the file; whatever the file comes to
 */
export function anonymousConsumer(settings: Settings, world: KeyWorld): Consumer | undefined {
  const { consumers } = settings;
  const [source] = settings.sources;
  if (consumers?.anonymous === undefined || source === undefined) {
    return undefined;
  }
  const fresh = freshEdition(source, settings, world.store, world.now());
  const atHand = fresh && world.store?.keys(source, fresh);
  return findAnonymous(atHand ?? readAnew(source, settings, world), consumers.anonymous);
}

function readAnew(
  source: KeySource,
  { keyCache, keyStale }: KeyTimes,
  world: KeyWorld,
): readonly JsonObject[] {
  const text = readKeyFile(source.location, settingOf(source));
  const entries = parseContent(source, text);
  world.store?.save(source, text, entries, world.now(), keyCache + keyStale);
  return entries;
}
