// A service for those with the role reports. That is for the gateway to see to.

import { serve } from '../../service.ts';

serve('reports', 9003, ({ headers }) => ({
  status: 200,
  body: `Reports, for ${headers['x-jwt-client'] ?? ''}\n`,
}));
