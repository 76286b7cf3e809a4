// The service of the article; at /whoami it tells who the gateway says is calling.

import { readCaller, serve } from '../../service.ts';

serve('secret', 9001, (call) =>
  call.path === '/whoami'
    ? { status: 200, body: { client: call.headers['x-jwt-client'] ?? '', ...readCaller(call) } }
    : { status: 200, body: 'Super Secret Information\n' },
);
