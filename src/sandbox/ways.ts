import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WhyNoBubblewrap, WhyNoLandlock } from '../protocol/confinement-words.js';
import { inBubblewrap } from './bubblewrap.js';
import type { SandboxWay } from './confinement.js';
import { systemProgram } from './find-program.js';
import { ABI_PROBE, LEAST_ABI, restrictor } from './landlock.js';
import { real, SYSTEM } from './needed-paths.js';
import { refusal } from './refusal.js';

/** What can hold a server on this machine. */
export type UsableWay = { by: 'bubblewrap'; bwrap: string } | { by: 'landlock'; perl: string; abi: number };

export interface Wanted {
  by?: SandboxWay | undefined;
  network: boolean;
}

/** A sandbox is set up within milliseconds; this long means that it hangs. */
const TRY_TIMEOUT_MS = 10_000;

const tried = new Map<string, Promise<UsableWay>>();

// D345
/**
 * What holds a server here: tried once, and remembered until mcp-pipe ends.
 *
 * @throws LaunchError that says why nothing can.
 */
export function usableWay(wanted: Wanted): Promise<UsableWay> {
  const key = JSON.stringify([wanted.by, wanted.network]);
  let found = tried.get(key);
  if (found === undefined) {
    found = findWay(wanted);
    // What was refused may be installed meanwhile.
    found.catch(() => tried.delete(key));
    tried.set(key, found);
  }
  return found;
}

async function findWay({ by, network }: Wanted): Promise<UsableWay> {
  if (process.platform !== 'linux')
    throw refusal('not-linux', { key: 'sandbox', platform: process.platform });
  const bubblewrap = by === 'landlock' ? undefined : await tryBubblewrap(network);
  if (bubblewrap && 'bwrap' in bubblewrap) return { by: 'bubblewrap', ...bubblewrap };
  const landlock = by === 'bubblewrap' ? undefined : await tryLandlock();
  if (landlock && 'perl' in landlock) return { by: 'landlock', ...landlock };
  throw refusal('sandbox-refused', { bubblewrap: bubblewrap?.why, landlock: landlock?.why });
}

async function tryBubblewrap(network: boolean): Promise<{ bwrap: string } | { why: WhyNoBubblewrap }> {
  const bwrap = systemProgram('bwrap');
  if (bwrap === undefined) return { why: { is: 'missing' } };
  const tmp = mkdtempSync(join(tmpdir(), 'mcp-pipe-try-'));
  const system = [...new Set(SYSTEM.map(real))].filter((path) => path !== '/sys');
  const links = SYSTEM.filter((path) => real(path) !== path).map((path): [string, string] => [
    path,
    real(path),
  ]);
  const places = {
    read: system.filter(existsSync),
    write: [],
    hidden: [],
    links: links.filter(([path]) => existsSync(path)),
  };
  const command = { command: '/bin/sh', args: ['-c', ':'], cwd: '/', env: {} };
  const made = inBubblewrap(command, {
    bwrap,
    places,
    network,
    tmp,
    empty: [],
    isRoot: process.getuid!() === 0,
  });
  const { failed, stderr } = await run(made.command, made.args);
  rmSync(tmp, { recursive: true, force: true });
  return failed ? { why: whyNot(stderr) } : { bwrap };
}

function whyNot(stderr: string): WhyNoBubblewrap {
  const said = stderr.trim().split('\n').at(-1)?.slice(0, 200) ?? '';
  if (/uid map|new namespace|user namespace|unshare|clone/i.test(said)) return { is: 'namespaces', said };
  if (/mount proc|\/proc/i.test(said)) return { is: 'proc', said };
  if (/loopback|RTM_/i.test(said)) return { is: 'network', said };
  return { is: 'failed', said };
}

async function tryLandlock(): Promise<{ perl: string; abi: number } | { why: WhyNoLandlock }> {
  if (restrictor(process.arch) === undefined) return { why: { is: 'machine', arch: process.arch } };
  const perl = systemProgram('perl');
  if (perl === undefined) return { why: { is: 'no-perl' } };
  const { stdout } = await run(perl, ['-e', ABI_PROBE]);
  const abi = Number(stdout.trim() || -1);
  if (abi >= LEAST_ABI) return { perl, abi };
  return { why: abi > 0 ? { is: 'old', abi } : { is: 'off' } };
}

function run(
  command: string,
  args: readonly string[],
): Promise<{ failed: boolean; stdout: string; stderr: string }> {
  const options = { timeout: TRY_TIMEOUT_MS, env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' }, cwd: '/' };
  return new Promise((resolve) => {
    execFile(command, [...args], options, (error, stdout, stderr) =>
      resolve({ failed: error !== null, stdout, stderr: stderr || String(error ?? '') }),
    );
  });
}
