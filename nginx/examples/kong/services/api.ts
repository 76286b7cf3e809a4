// The API server of the document: logs the headers that reach it, and says "Hello world!". At /headers it
// tells those of the gateway to the client, too.

import { type Call, serve } from '../../service.ts';

serve('api', 3000, (call) => {
  const { authorization, ...headers } = call.headers;
  // All but the token: whoever reads the log could use it.
  console.log(
    `api: headers ${JSON.stringify({ ...headers, ...(authorization && { authorization: '…' }) })}`,
  );
  switch (call.path) {
    case '/':
      return { status: 200, body: 'Hello world!' };
    case '/headers':
      return { status: 200, body: callerOf(call) };
    default:
      return { status: 404, body: 'Not found' };
  }
});

/** What the gateway says of who calls. */
function callerOf({ headers }: Call): object {
  const names = Object.keys(headers).filter((name) =>
    /^x-(consumer|credential|anonymous)/.test(name),
  );
  return Object.fromEntries(names.sort().map((name) => [name, headers[name]]));
}
