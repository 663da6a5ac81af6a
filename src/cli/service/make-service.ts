import { existsSync, statSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkConfig } from '../../config/check/check.js';
import { thisMachine } from '../../config/check/host.js';
import { findConfigFile } from '../../config/config-file.js';
import { configError, hasError } from '../../config/finding.js';
import { loadConfig } from '../../config/load.js';
import { makePlan, type Plan } from '../../config/plan.js';
import { serviceControl } from '../../daemon/control-place.js';
import { countStored } from '../../daemon/keys/count-stored.js';
import type { texts } from '../../messages/commands/service.js';
import type { Lang } from '../../messages/index.js';
import type { Finding } from '../../protocol/errors.js';
import { packageRoot } from '../package-root.js';
import { version } from '../version.js';
import { lastingPath, type Machine, versionManagerOf } from './machine.js';
import type { Manager } from './manager.js';
import type { Account, Service } from './service.js';
import { ServiceError } from './service-error.js';
import { fitsIntoUnit } from './systemd-unit.js';

export interface MakeOptions {
  name: string;
  config?: string;
  envFile?: string;
  logFile?: string;
  runAs?: string;
  watch?: boolean;
}

export interface MadeService {
  service: Service;
  plan: Plan;
  /** Texts of warnings about the service, without those about the configuration. */
  warnings: readonly string[];
  /** Warnings about the configuration. */
  findings: readonly Finding[];
}

/** What servers that are started for a service may still write or end after an orderly stop was asked for, in seconds. */
const RESERVE_SECONDS = 15;
/** Variables of the shell that hold paths and no secrets, and without which something else would happen. */
const KEPT = ['MCP_PIPE_STATE', 'XDG_STATE_HOME', 'NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'TZ'];
const PROXIES = ['HTTPS_PROXY', 'HTTP_PROXY', 'ALL_PROXY', 'https_proxy', 'http_proxy', 'all_proxy'];

/**
 * Says what the service would be, and checks its configuration with the variables that the service will have.
 *
 * @throws ServiceError for wrong options; ConfigError when the configuration cannot be used
 */
export async function makeService(
  options: MakeOptions,
  manager: Manager,
  machine: Machine,
  { lang, words }: { lang: Lang; words: typeof texts.en },
): Promise<MadeService> {
  const cwd = process.cwd();
  const { file } = findConfigFile(options.config, machine.env, cwd);
  if (!existsSync(file)) throw new ServiceError('USAGE', words.noConfig({ file }));
  if (options.runAs !== undefined && manager.scope === 'user') {
    throw new ServiceError('USAGE', words.runAsUser());
  }
  const account = await accountOf(options.runAs, file, manager, machine, words);
  const node = process.execPath;
  const program = fileURLToPath(new URL('bin/mcp-pipe.js', packageRoot));
  const isMine = account.name === machine.user;
  // sudo replaces the PATH; uv and pip put programs there.
  const ofUser =
    isMine || account.home === undefined ? [] : [join(account.home, '.local/bin')].filter(existsSync);
  const path = [machine.env.PATH, ...ofUser].join(delimiter);
  const env: Record<string, string> = { PATH: lastingPath(path, node) };
  for (const name of KEPT) if (isMine && machine.env[name]) env[name] = machine.env[name];
  const envFile = options.envFile === undefined ? undefined : resolve(cwd, options.envFile);
  const place = { file, ...(envFile === undefined ? {} : { envFile }) };
  const home = account.home === undefined ? {} : { HOME: account.home };
  const inherited = manager.kind === 'windows' ? machine.env : { ...home, USER: account.name, ...env };
  const checked = await checkedPlan(place, inherited, machine, dirname(file), words);
  const { config, plan, findings } = checked;
  const logFile = options.logFile === undefined ? undefined : resolve(cwd, options.logFile);
  // A manager without a log of its own gets a file for what mcp-pipe prints.
  const ownLog = manager.log
    ? undefined
    : (logFile ?? join(logFolder(manager, account), `${options.name}.log`));
  const seen = logFile ?? ownLog;
  const isPretty = config.env.MCP_PIPE_LOG_FORMAT === undefined;
  const args = [
    ...(process.allowedNodeEnvironmentFlags.has('--disable-sigusr1') ? ['--disable-sigusr1'] : []),
    program,
    ...['--config', file],
    ...(envFile === undefined ? [] : ['--env-file', envFile]),
    ...['--lang', lang],
    ...(options.watch ? ['--watch'] : []),
    ...(isPretty ? ['--log-format', 'pretty'] : []),
    ...(logFile === undefined && manager.kind !== 'windows' ? [] : ['--log-file', logFile ?? ownLog!]),
  ];
  const longest = Math.max(
    ...plan.links.map(({ settings }) => settings.drainTimeoutMs + settings.closeTimeoutMs),
    0,
  );
  const service: Service = {
    name: options.name,
    scope: manager.scope,
    account,
    command: [node, ...args],
    folder: dirname(file),
    env: manager.kind === 'windows' ? {} : env,
    made: {
      ...{ version: version(), config: file },
      ...(envFile === undefined ? {} : { envFile }),
      ...(seen === undefined ? {} : { logFile: seen }),
    },
    control: manager.kind === 'systemd' && manager.scope === 'system' ? serviceControl(file) : undefined,
    stopSeconds: Math.ceil(longest / 1_000) + RESERVE_SECONDS,
    logFile: ownLog,
  };
  const bad = [...service.command, service.folder, ...Object.values(env)].find((one) => !fitsIntoUnit(one));
  if (bad !== undefined) throw new ServiceError('USAGE', words.badWord({ word: bad }));
  const proxies = PROXIES.filter((name) => machine.env[name] && config.env[name] === undefined);
  const owner = versionManagerOf(node);
  return {
    service,
    plan,
    findings,
    warnings: [
      ...(owner === undefined ? [] : [words.warnings.versionManager({ node, manager: owner })]),
      ...(/[\\/]_npx[\\/]/.test(program) ? [words.warnings.npx] : []),
      ...(account.uid === 0 && manager.scope === 'system' ? [words.warnings.root] : []),
      ...(proxies.length > 0 && manager.kind !== 'windows'
        ? [words.warnings.proxy({ names: proxies.join(', ') })]
        : []),
    ],
  };
}

/** The plan with the variables that a service has. */
async function checkedPlan(
  place: { file: string; envFile?: string },
  env: Machine['env'],
  machine: Machine,
  folder: string,
  words: typeof texts.en,
) {
  const examine = async (variables: Machine['env']) => {
    const config = await loadConfig({
      ...{ ...place, env: variables, cwd: folder },
      countStored: countStored(place.file),
    });
    const { findings } = await checkConfig(config, { cwd: folder, gateway: 'configured' }, thisMachine());
    return { config, findings };
  };
  const { config, findings } = await examine(env);
  if (hasError(findings)) {
    const here = await examine(machine.env);
    const error = configError('unusable', findings);
    if (hasError(here.findings)) throw error;
    throw Object.assign(new ServiceError('SERVICE_VARIABLES', words.variables({ envFile: config.envFile })), {
      cause: error,
    });
  }
  return { config, findings, plan: makePlan(config, { cwd: folder, gateway: 'configured' }) };
}

async function accountOf(
  runAs: string | undefined,
  config: string,
  { scope }: Manager,
  machine: Machine,
  words: typeof texts.en,
): Promise<Account> {
  const own: Account = { name: machine.user, uid: machine.uid, home: machine.home };
  if (scope === 'user' || machine.platform === 'win32') return own;
  const owner = statSync(config).uid;
  const wanted = runAs ?? machine.env.SUDO_USER ?? String(owner);
  if (wanted === machine.user || wanted === String(machine.uid)) return own;
  if (machine.platform === 'darwin') return { name: wanted, uid: undefined, home: `/Users/${wanted}` };
  const { code, output } = await machine.run(['getent', 'passwd', wanted]);
  const [name, , uid, , , home] = output.split(':');
  if (code !== 0 || !name) throw new ServiceError('USAGE', words.noUser({ user: wanted }));
  const hasHome = home !== undefined && home !== '/' && existsSync(home);
  return { name, uid: Number(uid), home: hasHome ? home : undefined };
}

/** Where logs of a manager that keeps none stand. */
function logFolder({ kind, scope, file }: Manager, { home }: Account): string {
  if (kind === 'windows') return dirname(file);
  return scope === 'system' ? '/Library/Logs' : join(home ?? '/', 'Library/Logs');
}
