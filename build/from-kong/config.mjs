// The configuration of a plugin.

import { Entity } from './entity.mjs';

/**
 * Reads the configuration of a plugin: its own members, and of those that it has not, the ones that decK shares.
 *
 * @param {Entity} entity the plugin
 * @param {Entity} configs what decK shares between plugins, by names
 * @returns {Entity}
 */
export function configOf(entity, configs) {
  const own = entity.child('config');
  const name = entity.text('_config');
  if (name === undefined) {
    return own;
  }
  if (configs.get(name) === undefined) {
    entity.fault('there is nothing of this name in _plugin_configs', '_config');
  }
  return new Entity({ ...configs.child(name).value, ...own.value }, own.path, own.findings);
}
