import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import type { InstalledPackage, LockedPackage } from '../locked-package.js';
import { PackageError } from '../package-error.js';
import type { PackageHost } from '../package-kind.js';
import { type ProgramEnd, runProgram } from '../run-program.js';
import {
  NPM_FIELDS,
  NPM_FIELDS_BEFORE,
  npmBefore,
  npmFacts,
  npmVulnerabilities,
  versionBefore,
} from './npm-facts.js';
import type { RegistryFacts } from './registry-facts.js';

/** For one question, in milliseconds: npm is slow to start on a small machine, and a registry may be far away. */
const TIMEOUT_MS = 60_000;
/** Of what npm says that is passed on. */
const SAID_LENGTH = 300;

/**
 * Asks the registry that npm uses for the server: npm itself asks (D147), three times at most: for the version, for the one
 * before, and for known vulnerabilities of all that is installed.
 *
 * @throws PackageError
 */
export async function askNpmRegistry(locked: LockedPackage, host: PackageHost): Promise<RegistryFacts> {
  const folder = await mkdtemp(join(tmpdir(), 'mcp-pipe-audit-'));
  try {
    // The settings that npx reads there; without them, npm's others count. A server that is held may have written them itself.
    if (!host.isHeld) await copyFile(join(host.cwd, '.npmrc'), join(folder, '.npmrc')).catch(() => {});
    const { name, version, packages } = locked;
    const view = await npm(['view', `${name}@${version}`, ...NPM_FIELDS], folder, host);
    const facts = npmFacts(view.stdout, version);
    if (facts === undefined) throw new PackageError('unreachable', saidBy(view));
    if (facts.state !== 'there') return facts;
    const earlier = versionBefore(view.stdout, version);
    const before = earlier && (await npm(['view', `${name}@${earlier}`, ...NPM_FIELDS_BEFORE], folder, host));
    await writeProject(packages, folder);
    const audit = await npm(['audit', '--omit=dev', '--package-lock-only'], folder, host);
    const versionOf = (of: string) => packages.find((one) => one.name === of)?.version;
    return {
      ...facts,
      ...(before ? { before: npmBefore(before.stdout) } : {}),
      vulnerabilities: npmVulnerabilities(audit.stdout, versionOf),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function npm(args: readonly string[], folder: string, host: PackageHost): Promise<ProgramEnd> {
  const { signal, inBackground } = host;
  const path = Object.keys(host.env).find((name) => /^path$/i.test(name)) ?? 'PATH';
  const env = {
    ...host.env,
    // An npm beside the Node of mcp-pipe is better than none.
    [path]: [host.env[path], dirname(process.execPath)].filter(Boolean).join(delimiter),
    ...{ npm_config_update_notifier: 'false', npm_config_logs_max: '0', npm_config_fetch_retries: '0' },
  };
  const words = [...args, '--json', '--loglevel=error'];
  const place = { cwd: folder, env, timeoutMs: TIMEOUT_MS, signal, inBackground };
  // On Windows npm is a batch file, which only a shell starts; its program is beside it.
  const isWindows = process.platform === 'win32';
  const cli = join(dirname(process.execPath), 'node_modules', 'npm', 'bin', 'npm-cli.js');
  const end = isWindows
    ? await runProgram(process.execPath, [cli, ...words], place)
    : await runProgram('npm', words, place);
  const { notStarted, timedOut } = end;
  if (notStarted !== undefined)
    throw new PackageError(
      notStarted === 'ENOENT' ? 'no-program' : 'failed',
      notStarted === 'ENOENT' ? 'npm' : notStarted,
    );
  if (timedOut) throw new PackageError('timeout', `npm took longer than ${TIMEOUT_MS / 1_000} s`);
  return end;
}

/** What `npm audit` reads: which packages are installed, at which version. */
async function writeProject(packages: readonly InstalledPackage[], folder: string): Promise<void> {
  const top = packages.filter(({ at, name }) => at === `node_modules/${name}`);
  const dependencies = Object.fromEntries(top.map(({ name, version }) => [name, version]));
  const project = { name: 'mcp-pipe-package', version: '1.0.0', private: true, dependencies };
  const entries = packages.flatMap(({ at, version, more }) =>
    at === undefined ? [] : [[at, { version, ...more }]],
  );
  const lock = { ...project, lockfileVersion: 3, requires: true };
  await writeFile(join(folder, 'package.json'), JSON.stringify(project));
  await writeFile(
    join(folder, 'package-lock.json'),
    JSON.stringify({ ...lock, packages: { '': project, ...Object.fromEntries(entries) } }),
  );
}

/** In one line, without the name and password that addresses of registries may hold. */
function saidBy({ stdout, stderr }: ProgramEnd): string {
  const lines = (stderr || stdout).split('\n').map((line) => line.replace(/^npm error\s*/, '').trim());
  const told = lines.filter(
    (line) => line !== '' && !/^(A complete log|npm warn|at |(code|syscall|errno) )/.test(line),
  );
  return (
    told
      .slice(0, 1)
      .join(' ')
      .replace(/\/\/[^/@\s]*@/g, '//')
      .slice(0, SAID_LENGTH) || 'npm said nothing'
  );
}
