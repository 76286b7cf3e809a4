// Microservice A: asks B through the gateway, as any other client would, and tells both views. It
// does not know what a token is: who calls is what the gateway says in its headers. The token goes
// on to B as it came.

import { readCaller, serve } from '../../service.ts';

const B = 'http://127.0.0.1:8080/b/';

serve('a', 8102, async (call) => {
  const claims = readCaller(call);
  const headers = { Authorization: call.headers.authorization ?? '' };
  const reply = await fetch(B, { headers, signal: AbortSignal.timeout(5000) }).catch(
    () => undefined,
  );
  return reply?.ok
    ? { status: 200, body: { service: 'a', claims, b: await reply.json() } }
    : { status: 502, body: { service: 'a', claims, error: 'no answer from b' } };
});
