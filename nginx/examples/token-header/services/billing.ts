// A service for those with the role billing. That is for the gateway to see to.

import { serve } from '../../service.ts';

serve('billing', 9002, ({ headers }) => ({
  status: 200,
  body: `Bills, for ${headers['x-jwt-client'] ?? ''}\n`,
}));
