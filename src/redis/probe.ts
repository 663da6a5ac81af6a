import type { Script } from './redis.js';

export const PROBE_KEYS: readonly string[] = ['mcp-pipe:probe'];

/**
 * Finds out whether Redis does what it is for: a Redis that is full, a replica, and one whose disk is full answer what they are asked,
 * and take nothing.
 */
export const PROBE: Script = {
  name: 'mcpPipeProbe',
  lua: "return redis.call('SET', KEYS[1], redis.call('TIME')[1], 'PX', 60000)",
};
