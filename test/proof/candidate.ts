import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a process is started with that would like to own every token. */
export interface CandidateOptions {
  name: string;
  /** For its configuration, state and log. */
  folder: string;
  redisPort: number;
  ttlMs: number;
  endpointPort: number;
  /** How many connections each allows. */
  tokens: ReadonlyMap<string, number>;
  env: NodeJS.ProcessEnv;
}

const root = join(import.meta.dirname, '../..');

/** Starts a candidate: a process that dials each token whenever it may. Its log is `folder`/log. */
export function startCandidate(options: CandidateOptions): ChildProcess {
  const { name, folder, redisPort, endpointPort, ttlMs, tokens, env } = options;
  mkdirSync(folder, { recursive: true });
  const agents = [...tokens].map(([token, limit]) => {
    // The path is the process's own, so that the endpoint knows it. The token is not called as its agent: the log would hide both.
    const endpoint = `ws://127.0.0.1:${endpointPort}/${name}?token=secret-of-${token}`;
    return [token, { endpoint, connectionsPerToken: limit }];
  });
  const server = { command: process.execPath, args: [join(import.meta.dirname, 'server.mjs')] };
  const config = {
    redis: { url: `redis://127.0.0.1:${redisPort}`, ttl: ttlMs, machine: name },
    updateNotice: false,
    mcpServers: { server },
    agents: Object.fromEntries(agents),
  };
  const file = join(folder, 'mcp_config.json');
  writeFileSync(file, JSON.stringify(config));
  const log = openSync(join(folder, 'log'), 'a');
  const args = [join(root, 'bin/mcp-pipe.js'), '--config', file, '--log-format', 'json'];
  const child = spawn(process.execPath, args, {
    cwd: folder,
    env: { ...process.env, MCP_PIPE_STATE: join(folder, 'state'), ...env },
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  return child;
}
