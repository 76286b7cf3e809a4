// The service behind the gateway: tells who calls, and knows nothing of tokens.

import { readCaller, serve } from '../../service.ts';

serve('reader', 8082, (call) => {
  const { sub, email, role } = readCaller(call);
  return {
    status: 200,
    body: `Hello! JWT Claims:\nSub: ${sub}\nEmail: ${email}\nRole: ${role}\n`,
  };
});
