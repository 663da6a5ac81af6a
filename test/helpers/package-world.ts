import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';
import { LOCK_FILE } from '../../src/packages/lock-file.js';
import { lockPackage, resolvePackage } from '../../src/packages/lock-package.js';
import { commandOfLocked } from '../../src/packages/start-locked.js';
import { wantedPackage } from '../../src/packages/wanted-package.js';
import type { ServerCommand } from '../../src/process/launch.js';
import { type NpmRegistry, npmRegistry, type PackageVersion, shownServer } from './npm-registry.js';

export const signal: AbortSignal = new AbortController().signal;

/** A folder with a command of npx for a server, at a registry of its own. */
export interface PackageWorld {
  registry: NpmRegistry;
  command: ServerCommand;
  places: { lockFiles: string[]; store: string };
  /** Locks what the registry has now. */
  lock: (isHeld?: boolean) => Promise<void>;
  /** What a sandbox adds to the environment of the command. */
  sandboxEnv: Readonly<Record<string, string>>;
  started: (isHeld?: boolean) => ReturnType<typeof commandOfLocked>;
}

/** Another command than that of npx, in `folder`. */
type RunnerIn = (folder: string, registry: NpmRegistry) => Pick<ServerCommand, 'command' | 'args' | 'env'>;

export async function packageWorld(
  packages: readonly PackageVersion[] = shownServer('1.0.0'),
  runnerIn: RunnerIn = () => ({ command: 'npx', args: ['-y', packages[0]!.name, '--flag', 'a b'], env: {} }),
): Promise<PackageWorld> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'mcp-pipe-packages-')));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  const registry = await npmRegistry(...packages);
  const runner = runnerIn(folder, registry);
  const env = {
    PATH: process.env.PATH!,
    HOME: folder,
    npm_config_registry: registry.url,
    npm_config_cache: join(folder, 'npm-cache'),
    npm_config_update_notifier: 'false',
    ...runner.env,
  };
  const command = { command: runner.command, args: runner.args, cwd: folder, env };
  const places = { lockFiles: [join(folder, LOCK_FILE)], store: join(folder, 'store') };
  const host = { cwd: folder, env, signal, inBackground: false };
  // The cache that the runner has inside the sandbox.
  const sandboxEnv = { npm_config_cache: join(folder, 'sandbox-npm') };
  const lock = async (isHeld = false) => {
    const asked = wantedPackage(command.command, command.args)!;
    if (!('wanted' in asked)) throw new Error('not wanted');
    const held = { ...host, isHeld, ...(isHeld ? { sandboxEnv } : {}) };
    const locked = await resolvePackage(asked.wanted, held);
    await lockPackage(asked.wanted, locked, { store: places.store, lockFile: places.lockFiles[0]! }, held);
  };
  return {
    registry,
    command,
    places,
    lock,
    sandboxEnv,
    started: (isHeld) => commandOfLocked(command, 'shown', places, signal, { isHeld, sandboxEnv }),
  };
}

/** What the server says of itself. */
export async function ask({ command, args, cwd, env }: ServerCommand): Promise<Record<string, unknown>> {
  const child = spawn(command, args, { cwd, env, stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.on('error', () => {});
  child.stdin.write('{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"show"}}\n');
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  child.stdin.end();
  await once(child, 'exit');
  return { pidOfChild: child.pid, ...JSON.parse(JSON.parse(line).result.content[0].text) };
}
