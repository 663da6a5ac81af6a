import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const here = import.meta.dirname;

/** The token of link `i`: as long and as random as real ones, so that none occurs in a log line by chance. */
export function token(i: number): string {
  return createHash('sha256').update(`link ${i}`).digest('base64url');
}

/** A program that is measured. It is given the path of a configuration file. */
export interface Subject {
  name: string;
  command: (config: string) => readonly string[];
  env?: Readonly<Record<string, string>>;
  /** `mode` of the configuration. */
  mode?: 'pipe' | 'mux' | 'rotate';
  /** Further members of the entry of each server. */
  entry?: Readonly<Record<string, unknown>>;
  /** What its tool is called. */
  tool?: string;
  /** It ends with its connections: nothing that closes them can be measured. */
  dialsOnce?: boolean;
  /** It listens instead of dialling: at this path of the `endpoint` in its configuration, which is an address of its own. */
  listensAt?: string;
  /** It does not carry more. */
  mostLinks?: number;
  /** The same program with, or without, the native masking of the optional package bufferutil. */
  withBufferutil?: Partial<Subject>;
  withoutBufferutil?: Partial<Subject>;
}

const pipe = join(here, '../bin/mcp-pipe.js');

export const mcpPipe: Subject = {
  name: 'mcp-pipe',
  command: (config) => [process.execPath, pipe, '--config', config],
  withoutBufferutil: {
    command: (config) => [
      ...[process.execPath, '--require', join(here, 'without-bufferutil.cjs')],
      ...[pipe, '--config', config],
    ],
  },
};

/** The same program, each server behind a multiplexer. */
export const mcpPipeMux: Subject = { ...mcpPipe, name: 'mcp-pipe mux', mode: 'mux' };

/** The best simple program there is, as far as we know: ratios to it are those that count. */
export const batched: Subject = {
  name: 'batched',
  command: (config) => [process.execPath, join(here, 'prototype-batched.mjs'), config],
  withoutBufferutil: { env: { WS_NO_BUFFER_UTIL: '1' } },
};

/** The limit: a program in C, compiled by `compiled`. */
export function native(binary: string): Subject {
  return {
    name: 'native C',
    dialsOnce: true,
    command(config) {
      const { mcpServers } = JSON.parse(readFileSync(config, 'utf8')) as {
        mcpServers: Record<string, { command: string; args: string[]; endpoint: string }>;
      };
      const servers = Object.values(mcpServers);
      const { command, args } = servers[0]!;
      return [binary, command, ...args, '--', ...servers.map(({ endpoint }) => endpoint)];
    },
  };
}

/** Plain ws, one write for each message: without the native masking that it would take where it finds it. */
export const prototype: Subject = {
  name: 'one write',
  command: (config) => [process.execPath, join(here, 'prototype.mjs'), config],
  env: { WS_NO_BUFFER_UTIL: '1' },
  withBufferutil: { env: {} },
};

/** Beside remote servers. */
export const sdkBridge: Subject = {
  name: 'ws and SDK client',
  command: (config) => [process.execPath, join(here, 'sdk-bridge.mjs'), config],
};

/** Any other program: `{config}` in its command line stands for the configuration file. */
export function otherSubject(commandLine: string): Subject {
  const words = commandLine.split(/\s+/).filter((word) => word !== '');
  return {
    name: words.find((word) => !/^(npx|uvx|node|python3?|-.*)$/.test(word))?.replace(/^.*\//, '') ?? 'other',
    command: (config) => words.map((word) => word.replaceAll('{config}', config)),
  };
}

export interface Configuration {
  /** Command line of every server; its tool is called `t0`, `t1`, … when there are `tools`. */
  child: readonly string[];
  /** The servers are at this address instead. */
  remoteUrl?: string | undefined;
  /** How many servers there are. */
  servers: number;
  /** The endpoint of server `i`. */
  url: (i: number) => string;
  mode?: 'pipe' | 'mux' | 'rotate' | undefined;
  settings?: Readonly<Record<string, number>>;
  ownTools?: boolean;
  entry?: Readonly<Record<string, unknown>> | undefined;
}

/** The configuration that a subject is given. */
export async function writeConfig(path: string, configuration: Configuration): Promise<void> {
  const {
    child,
    remoteUrl,
    servers,
    url,
    mode,
    settings = {},
    ownTools = false,
    entry: more = {},
  } = configuration;
  const entry = (i: number) => {
    if (remoteUrl) return { type: 'http', url: remoteUrl };
    const [command, ...args] = child;
    return { command, args: ownTools ? [...args, `t${i}`] : args };
  };
  const mcpServers = Object.fromEntries(
    Array.from({ length: servers }, (_, i) => [`s${i}`, { ...entry(i), endpoint: url(i), ...more }]),
  );
  await writeFile(path, JSON.stringify({ mcpServers, settings, ...(mode ? { mode } : {}) }));
}

/** A subject that runs. */
export class Running {
  static readonly #all = new Set<Running>();
  readonly #process: ChildProcess;

  /** For what was given up. */
  static async stopAll(): Promise<void> {
    await Promise.all([...Running.#all].map((one) => one.stop()));
  }

  constructor(subject: Subject, config: string, endpoint: string) {
    const [command, ...args] = subject.command(config);
    this.#process = spawn(command!, args, {
      // The scripts that know one endpoint only find it in the environment.
      env: { ...process.env, MCP_CONFIG: config, MCP_ENDPOINT: endpoint, ...subject.env },
      stdio: 'ignore',
    });
    Running.#all.add(this);
    this.#process.on('exit', () => Running.#all.delete(this));
  }

  get exited(): boolean {
    return this.#process.exitCode !== null || this.#process.signalCode !== null;
  }

  /** CPU time of the process so far, all threads, children not counted; milliseconds, in steps of 10. */
  cpuMs(): number {
    return this.#ticks().reduce((sum, ticks) => sum + ticks) * 10;
  }

  /** As `cpuMs`, in the kernel. */
  kernelMs(): number {
    return this.#ticks()[1]! * 10;
  }

  #ticks(): number[] {
    const stat = readFileSync(`/proc/${this.#process.pid}/stat`, 'latin1');
    // proc(5): utime and stime are fields 14 and 15; the name in field 2 may hold spaces.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields.slice(11, 13).map(Number);
  }

  /** Open file descriptors. */
  descriptors(): number {
    return readdirSync(`/proc/${this.#process.pid}/fd`).length;
  }

  /** Processes that it has started itself and that run now. */
  children(): number {
    return childrenOf(this.#process.pid!).length;
  }

  /** Resident memory in MiB. */
  rssMiB(): number {
    return rssOf(this.#process.pid!);
  }

  /** As `rssMiB`, with all processes below it. */
  treeRssMiB(): number {
    return rssOfTree(this.#process.pid!);
  }

  /** As `rssMiB`; pages that several processes share count in parts (proc(5), smaps_rollup). */
  pssMiB(): number {
    const rollup = readFileSync(`/proc/${this.#process.pid}/smaps_rollup`, 'latin1');
    return Number(/^Pss:\s+(\d+)/m.exec(rollup)![1]) / 1024;
  }

  async stop(): Promise<void> {
    if (this.exited) return;
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGTERM');
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), 15_000);
    await ended;
    clearTimeout(timer);
  }
}

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').split(' ').filter(Boolean).map(Number);
}

function rssOf(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  return Number(/VmRSS:\s+(\d+)/.exec(status)![1]) / 1024;
}

function rssOfTree(pid: number): number {
  return childrenOf(pid).reduce((sum, child) => sum + rssOfTree(child), rssOf(pid));
}
