import { UNEXPOSED } from '../../src/config/gateway-exposure.js';
import type { GatewayPlan } from '../../src/config/gateway-plan.js';

/** What `"gateway": {}` means, on any free port. */
export const gatewayPlan: GatewayPlan = {
  ...{
    host: '127.0.0.1',
    port: 0,
    keys: {},
    allowedOrigins: [],
    allowedHosts: [],
    exposedHeaders: [],
    stateless: false,
    replica: undefined,
  },
  ...{ paths: { http: [], sse: [], message: [], ws: [], health: [] }, responseHeaders: {} },
  ...{ rate: undefined, ratePerAddress: undefined },
  ...UNEXPOSED,
  ...{ sessionIdleMs: 30 * 60_000, maxSessions: 1_000, maxBodyBytes: 16 * 1024 * 1024 },
};
