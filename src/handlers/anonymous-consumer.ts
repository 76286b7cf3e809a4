import type { Consumer } from '../consumers/consumer.ts';
import { findAnonymous } from '../consumers/find.ts';
import { parseContent } from '../keys/content.ts';
import { readKeyFile } from '../keys/file.ts';
import { KeyRing } from '../keys/ring.ts';
import { settingOf } from '../keys/source.ts';
import type { KeyWorld } from '../keys/source-keys.ts';
import type { Settings } from '../settings/settings.ts';

/**
 * Finds the consumer that those are who pass unknown. At once, for the verdict has been given: where the
 * consumers are not at hand, their file is read.
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
  const atHand = new KeyRing(world, settings).atHand();
  const entries =
    atHand?.keys ?? parseContent(source, readKeyFile(source.location, settingOf(source)));
  return findAnonymous(entries, consumers.anonymous);
}
