// The nginx.conf of a contender: the same for all but for what the contender brings.

import { CORES } from './options.mjs';

/**
 * @param {import('./contenders.mjs').Contender} contender
 * @param {import('./contenders.mjs').Scene} scene
 * @param {number} port
 * @returns {string}
 */
export function renderConfig(contender, scene, port) {
  const loads = (contender.modules ?? []).map((name) => `load_module modules/${name}.so;`);
  const lines = `
${loads.join('\n')}
worker_processes 1;
worker_cpu_affinity 1${'0'.repeat(CORES.gateway)};
pid /tmp/${contender.name}.pid;
error_log /tmp/${contender.name}.log warn;
events { worker_connections 256; }
http {
access_log off;
default_type text/plain;
keepalive_requests 1000000000;
${contender.http?.(scene) ?? ''}
server {
listen 127.0.0.1:${port};
${contender.server?.(scene) ?? ''}
location = /resource {
${contender.location?.(scene) ?? ''}
alias /bench/resource.txt;
}
}
}`;
  return `${lines.trim()}\n`;
}
