/** What a service runs, and as whom. Paths are absolute. */
export interface Service {
  /** Name of the unit, the launchd job or the task. */
  name: string;
  /** `user`: runs as the user who installs it, under that user's own manager; `system`: the machine's manager starts it at boot. */
  scope: Scope;
  account: Account;
  /** Words of the command that runs mcp-pipe: the program first. */
  command: readonly [string, ...string[]];
  /** Folder of the configuration. */
  folder: string;
  /** Variables that it gets besides those of `.env`. */
  env: Readonly<Record<string, string>>;
  /** What identifies the service later; stands in its file. */
  made: Made;
  /** Path of its control socket, only for a system unit of systemd. */
  control: string | undefined;
  /** Longest time of an orderly stop, in seconds. */
  stopSeconds: number;
  /** File for the log where the manager keeps none; undefined where it does. */
  logFile: string | undefined;
}

export type Scope = 'user' | 'system';

/** The user whose rights the service has. */
export interface Account {
  name: string;
  /** Undefined on Windows. */
  uid: number | undefined;
  /** Undefined for a user without a home folder. */
  home: string | undefined;
}

/** What a file of a service says about itself, in a comment. */
export interface Made {
  /** Version of mcp-pipe that made the file. */
  version: string;
  config: string;
  envFile?: string;
  /** File of the log; undefined where the manager keeps it. */
  logFile?: string;
}

const MARK = 'mcp-pipe-service: ';

/** A line that says that mcp-pipe made the file; without two hyphens in a row, which an XML comment must not have. */
export function markOf(made: Made): string {
  return `${MARK}${JSON.stringify(made).replaceAll('--', String.raw`-\u002d`)}`;
}

/** What the file says about itself; undefined for a file that mcp-pipe did not make. */
export function madeBy(text: string): Made | undefined {
  const line = text.split('\n').find((one) => one.includes(MARK));
  const json = /\{.*\}/.exec(line ?? '')?.[0];
  try {
    const made = JSON.parse(json ?? '') as Partial<Made>;
    return typeof made.config === 'string' && typeof made.version === 'string' ? (made as Made) : undefined;
  } catch {
    return undefined;
  }
}
