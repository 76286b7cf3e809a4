// Microservice B: tells who calls.

import { readCaller, serve } from '../../service.ts';

serve('b', 8103, (call) => ({ status: 200, body: { service: 'b', claims: readCaller(call) } }));
