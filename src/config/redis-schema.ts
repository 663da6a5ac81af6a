import * as z from 'zod';
import { STORE } from '../leases/store-defaults.js';
import { REDIS } from './redis-defaults.js';
import { duration, text, wants } from './shapes.js';

/** The section `redis`; a text is its `url`. */
export const redis = z.strictObject(
  {
    url: text
      .optional()
      .describe(
        'The address: redis://HOST:PORT/DATABASE, or rediss:// for TLS. Default: the variable MCP_PIPE_REDIS.',
      )
      .meta({ examples: ['redis://10.0.0.5:6379/0', '$' + '{REDIS_URL}'] }),
    username: text.optional().describe('The user, where Redis has several (ACL). Default: that of Redis.'),
    password: text
      .optional()
      .describe('The password; it is a secret. Default: the variable MCP_PIPE_REDIS_PASSWORD.')
      .meta({ examples: ['$' + '{REDIS_PASSWORD}'] }),
    ca: text
      .optional()
      .describe(
        'With rediss://: a file with the certificates (PEM) of the authorities to trust, instead of the usual ones; a relative path counts from the folder of this file.',
      )
      .meta({ examples: ['redis-ca.pem'] }),
    ttl: duration(REDIS.leastTtlMs, REDIS.mostTtlMs)
      .optional()
      .describe(
        `How long a lease holds without being renewed, in milliseconds or as a text; the same on every machine. When a machine dies, its links move after this time at the latest. Default: "${STORE.ttlMs / 1_000}s".`,
      )
      .meta({ examples: ['45s'] }),
    machine: text
      .optional()
      .describe(
        'What the other machines call this one. Default: the variable MCP_PIPE_MACHINE, then the name of the host.',
      )
      .meta({ examples: ['vps-1'] }),
  },
  wants('redis'),
);
