import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { type CheckResult, checkConfig } from '../../../../src/config/check/check.js';
import { type CheckHost, thisMachine } from '../../../../src/config/check/host.js';
import { loadConfig } from '../../../../src/config/load.js';
import { folderWith } from '../workspace.js';

/** What is examined: files of a fresh folder (0600), the environment, and what the machine says otherwise. */
export interface Scene {
  files?: Record<string, string | object>;
  env?: Record<string, string>;
  host?: Partial<CheckHost>;
  /** Permission bits of single files. */
  modes?: Record<string, number>;
  gateway?: 'configured';
}

/** A moment that every test agrees upon. */
export const NOW = Date.UTC(2026, 10, 21);
export const SCRIPT = { 'calc.js': '' };

/** Examines a folder as `mcp-pipe check` does. */
export async function checked({
  files = {},
  env = {},
  host = {},
  modes = {},
  gateway,
}: Scene): Promise<CheckResult> {
  const folder = folderWith(files);
  for (const name of Object.keys(files)) chmodSync(join(folder, name), modes[name] ?? 0o600);
  const world = { PATH: process.env.PATH ?? '', ...env };
  const platform = host.platform ?? process.platform;
  const config = await loadConfig({ cwd: folder, env: world, platform });
  const machine = { ...thisMachine('linux', NOW), gitStateOf: () => undefined, ...host };
  return await checkConfig(config, { cwd: folder, gateway }, machine);
}

/** A made-up JWT with these claims. */
export function jwt(claims: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'ES256', typ: 'JWT' })}.${part(claims)}.${'made-up-'.repeat(11).slice(0, 86)}`;
}

export const address = (token: string) => `wss://api.xiaozhi.me/mcp/?token=${token}`;

/** One server that has all it needs, but for what these members change. */
export function config(members: object = {}, more: object = {}): object {
  return {
    mcpServers: {
      calc: { command: 'node', args: ['calc.js'], endpoint: address('made-up-token-one'), ...members },
      ...more,
    },
  };
}
