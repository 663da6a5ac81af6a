import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { AskingEndpoint, type AskingOptions } from './asking-endpoint.js';
import { Cli } from './cli.js';
import { configured, json, place } from './copies.js';
import { eventually } from './eventually.js';
import { fixture } from './link.js';

export interface TakeoverWorld {
  endpoint: AskingEndpoint;
  cwd: string;
  env: Record<string, string>;
  /** Starts a copy, with these words. */
  copy: (...words: string[]) => Cli;
  /** What servers have noted, by the id of the call: the processes that got it. */
  notes: () => Map<string, number[]>;
  /** When servers began and ended, a line each: `began a`. */
  lives: () => string[];
}

/** Servers on tokens of their own, on an endpoint that calls them all the while. `servers`: further keys of each entry. */
export async function takeoverWorld(
  servers: Record<string, object>,
  options: AskingOptions & { more?: object; tokens?: Record<string, string> } = {},
): Promise<TakeoverWorld> {
  const endpoint = await AskingEndpoint.start(options);
  const { env } = place();
  const cwd = await configured({});
  const file = (name: string) => join(cwd, name);
  const entries = Object.entries(servers).map(([name, entry]) => {
    const { env: own = {}, ...rest } = entry as { env?: object };
    return [
      name,
      {
        ...{ command: process.execPath, args: [fixture('noting.mjs')] },
        endpoint: endpoint.url(options.tokens?.[name] ?? name),
        ...rest,
        env: { NOTES: file('notes'), LIVES: file('lives'), NAME: name, ...own },
      },
    ];
  });
  const config = { mcpServers: Object.fromEntries(entries), ...options.more };
  await writeFile(file('mcp_config.json'), JSON.stringify(config));
  const lines = (name: string) =>
    existsSync(file(name)) ? readFileSync(file(name), 'utf8').trim().split('\n') : [];
  return {
    ...{ endpoint, cwd, env },
    copy: (...words) => new Cli([...words, ...json], { cwd, env }),
    lives: () => lines('lives'),
    notes: () => {
      const found = new Map<string, number[]>();
      for (const line of lines('notes')) {
        const [pid, id] = line.split(' ') as [string, string];
        found.set(id, [...(found.get(id) ?? []), Number(pid)]);
      }
      return found;
    },
  };
}

/** Resolves when each token is open, and a further `count` calls of it were answered. */
export async function flows(
  { endpoint }: TakeoverWorld,
  tokens: readonly string[],
  count = 5,
): Promise<void> {
  const before = new Map(tokens.map((token) => [token, endpoint.of(token).answered.length]));
  await eventually(
    () => tokens.every((token) => endpoint.of(token).answered.length >= before.get(token)! + count),
    { what: `answers on ${tokens}` },
  );
}

/**
 * No call is lost: each has one result, and was given to one process once; or it was sent while the connection was being closed,
 * and was given to none. Never two connections of a token at once.
 */
export function nothingIsLost(
  { endpoint, notes }: TakeoverWorld,
  wanted: number | Record<string, number>,
): void {
  const noted = notes();
  for (const [token, asked] of endpoint.tokens) {
    const dials = typeof wanted === 'number' ? wanted : wanted[token]!;
    expect(asked, token).toMatchObject({ dials, most: 1, errors: [], twice: [] });
    for (const id of asked.answered) expect(noted.get(id), id).toHaveLength(1);
    for (const id of asked.cut) expect(noted.get(id), `${id}, cut`).toBeUndefined();
    // Sent in the instant in which the close frame was on its way: each caller has one call at a time.
    expect(asked.cut.length).toBeLessThanOrEqual(endpoint.callers * (dials - 1));
  }
}
