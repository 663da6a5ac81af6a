import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeStateFolder, stateFolder } from '../../daemon/state-folder.js';
import { PRIVATE, replaceFile } from '../text-file.js';

/** `update.json` in the state folder of the user. Times are milliseconds since 1970. */
export interface UpdateMemory {
  /** When the registry was last asked, with or without success. */
  checkedAt?: number;
  newest?: string;
  /** When a command on a terminal last said so. */
  shownAt?: number;
  /** When a running mcp-pipe last logged it. */
  loggedAt?: number;
}

type Env = Readonly<Record<string, string | undefined>>;

const fileIn = (env: Env) => join(stateFolder(env), 'update.json');

/** Empty when nothing is known. Does not throw. */
export function readMemory(env: Env): UpdateMemory {
  try {
    const { checkedAt, newest, shownAt, loggedAt } = JSON.parse(readFileSync(fileIn(env), 'utf8'));
    const times = Object.entries({ checkedAt, shownAt, loggedAt }).filter(([, at]) => Number.isFinite(at));
    return { ...Object.fromEntries(times), ...(typeof newest === 'string' ? { newest } : {}) };
  } catch {
    return {};
  }
}

/** Adds to what is known. Does not throw: a notice is not worth an error. */
export function remember(env: Env, changes: UpdateMemory): void {
  try {
    makeStateFolder(stateFolder(env));
    replaceFile(fileIn(env), Buffer.from(`${JSON.stringify({ ...readMemory(env), ...changes })}\n`), PRIVATE);
  } catch {
    // A folder that cannot be written: the notice comes again.
  }
}

/** Whether no notice and no question to the registry is wanted: in CI, in a container, and where a variable says so. */
export function isUnwanted(env: Env): boolean {
  const isOn = (value: string | undefined) => value !== undefined && !/^(|0|false)$/i.test(value);
  return [env.CI, env.MCP_PIPE_NO_UPDATE_NOTICE, env.NO_UPDATE_NOTIFIER, env.MCP_PIPE_CONTAINER].some(isOn);
}
