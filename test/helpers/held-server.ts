import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { CommandStep } from '../../src/process/command-step.js';
import { launch, type ServerCommand } from '../../src/process/launch.js';
import type { Confinement, SandboxPlan } from '../../src/sandbox/confinement.js';
import { confine } from '../../src/sandbox/step.js';
import { type StdioTransport, stdioTransport } from '../../src/transports/stdio.js';
import { root } from './cli.js';

export const PROBER = join(root, 'test/fixtures/servers/prober.mjs');

/** What the tool of the prober says: what came of it, or the code of the error. */
export type Outcome = { ok: true; value: unknown } | { ok: false; code: string };

export interface HeldServer {
  transport: StdioTransport;
  call(tool: string, args?: object): Promise<Outcome>;
}

/** Folders as a user has them, not in /tmp, which is another one in a sandbox; the test's end removes them. */
export function makeWorld() {
  const home = realpathSync(mkdtempSync('/var/tmp/mcp-pipe-held-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  const at = (name: string) => join(home, name);
  for (const name of ['.ssh', 'pipe', 'work', 'shared', 'state', 'caches']) mkdirSync(at(name));
  writeFileSync(at('.ssh/id_ed25519'), 'SECRET KEY');
  writeFileSync(at('pipe/mcp_config.json'), '{"secret": 1}');
  writeFileSync(at('pipe/.env'), 'TOKEN=secret');
  writeFileSync(at('pipe/tool.txt'), 'plain');
  writeFileSync(at('state/grants.json'), 'secret');
  writeFileSync(at('work/own.txt'), 'own');
  writeFileSync(at('shared/book.txt'), 'book');
  writeFileSync(at('private.txt'), 'private');
  return { home, at };
}

export type World = ReturnType<typeof makeWorld>;

export const OPEN: SandboxPlan = { read: [], write: [], writesOwnFolder: true, network: true };

/** The step that holds a server of that world. */
export function stepOf({ at }: World, confinement: Omit<Confinement, 'own'>): CommandStep {
  return confine(
    { ...confinement, own: [at('pipe/mcp_config.json'), at('pipe/.env')] },
    { ownFolders: [at('state')], caches: at('caches') },
  );
}

/** Starts the prober behind the step, initializes it, and ends it with the test. */
export async function startHeld(
  step: CommandStep,
  command: Partial<ServerCommand> & Pick<ServerCommand, 'cwd'>,
  env: Record<string, string> = {},
): Promise<HeldServer> {
  const started = { command: process.execPath, args: [PROBER], env: { ...basic(), ...env }, ...command };
  const made = await step(started, 'prober', new AbortController().signal);
  const stderr: string[] = [];
  const transport = stdioTransport(await launch(made), {
    ...{
      maxFrameBytes: 1e8,
      maxQueuedBytes: 1e8,
      endTimeoutMs: 2_000,
      termTimeoutMs: 5_000,
      strayTimeoutMs: 1_000,
    },
    onStderr: (line) => stderr.push(line),
  });
  onTestFinished(async () => void (await transport.close()));
  const waiting = new Map<number, (result: { content: { text: string }[] }) => void>();
  void (async () => {
    for await (const batch of transport.batches)
      for (const frame of batch) {
        const { id, result } = JSON.parse(Buffer.from(frame).toString()) as { id: number; result: never };
        waiting.get(id)?.(result);
      }
  })();
  let last = 0;
  const ask = (method: string, params: object) => {
    const id = ++last;
    const answered = new Promise<{ content: { text: string }[] }>((resolve) => waiting.set(id, resolve));
    void transport.send([Buffer.from(JSON.stringify({ jsonrpc: '2.0', id, method, params }))]);
    const ended = transport.closed.then((end) => {
      throw new Error(`the server ended: ${JSON.stringify(end)} ${stderr.join('\n')}`);
    });
    ended.catch(() => {});
    return Promise.race([answered, ended]);
  };
  await ask('initialize', { protocolVersion: '2025-06-18', capabilities: {} });
  return {
    transport,
    call: async (name, args = {}) => {
      const { content } = await ask('tools/call', { name, arguments: args });
      return JSON.parse(content[0]!.text) as Outcome;
    },
  };
}

function basic(): Record<string, string> {
  const { PATH = '', HOME = '/' } = process.env;
  return { PATH, HOME };
}
