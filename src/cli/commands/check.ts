import { type CheckResult, checkConfig } from '../../config/check/check.js';
import { thisMachine } from '../../config/check/host.js';
import { type LoadedConfig, loadConfig } from '../../config/load.js';
import { shellWord } from '../../config/shell-word.js';
import { countStored } from '../../daemon/keys/count-stored.js';
import { stateFolderOf } from '../../daemon/state-folder.js';
import type { Lang } from '../../messages/index.js';
import { usageError } from '../../messages/worded.js';
import { Redactor } from '../../observe/redact.js';
import { ConfigError, type Finding } from '../../protocol/errors.js';
import type { CommandLine } from '../describe/localized-command.js';
import { ExitCode } from '../exit-codes.js';
import { languageOf } from '../language.js';
import { durationText, type ModeOptions, modeOf } from '../mode-options.js';
import { print, printStyled } from '../output.js';
import { type RemoteOptions, targetFrom } from '../remote-options.js';
import { checkJson } from './check-json.js';
import type { CheckReport } from './check-memory.js';
import { withCommand, worstPackage } from './check-packages.js';
import { type CheckContext, checkText } from './check-text.js';

export interface CheckOptions extends ModeOptions, RemoteOptions {
  config?: string;
  envFile?: string;
  endpoint?: string;
  agent?: string;
  json?: boolean;
  strict?: boolean;
  insecureNoAuth?: boolean;
  lang?: Lang;
  production?: boolean;
  compose?: string;
  /** False with `--no-proxy`. */
  proxy?: boolean;
}

/** `mcp-pipe check [target]`: prints what would run and what is wrong. Returns the exit code. */
export async function check(
  target: string | undefined,
  { afterDashes: command, commandNames }: CommandLine,
  options: CheckOptions,
): Promise<number> {
  if (options.production) {
    if (target !== undefined || command !== undefined) throw usageError('production-target');
    return (await import('../production/production.js')).checkProduction(options);
  }
  if (options.compose !== undefined) throw usageError('compose-alone');
  const { config, json = false, strict = false } = options;
  const { stdout, env } = process;
  const context: CheckContext = {
    lang: languageOf(options.lang, env),
    cwd: process.cwd(),
    // The command line that starts it.
    run: [
      'mcp-pipe',
      ...(config ? ['--config', shellWord(config)] : []),
      ...(options.proxy === false ? ['--no-proxy'] : []),
      ...(options.insecureNoAuth ? ['--insecure-no-auth'] : []),
      ...(options.agent ? ['--agent', shellWord(options.agent)] : []),
      ...(options.mode ? ['--mode', options.mode] : []),
      ...(options.rotateEvery ? ['--rotate-every', durationText(options.rotateEvery)] : []),
      ...(target && !commandNames.includes(target) ? [shellWord(target)] : []),
    ].join(' '),
    colours: stdout.isTTY === true && !env.NO_COLOR,
    columns: stdout.isTTY === true ? stdout.columns : undefined,
  };
  const result = await examine(target, command, options, context.cwd);
  const hidden = new Redactor(result.secrets);
  const redact = (text: string) => hidden.redact(text);
  if (json) print(inOnePass((clean) => checkJson(result, context, clean), redact));
  else printStyled(inOnePass((clean) => checkText(result, context, clean), redact));
  if (result.findings.some(({ severity }) => severity === 'error')) return ExitCode.usage;
  return strict && result.findings.length > 0 ? ExitCode.runtime : ExitCode.ok;
}

/** A separator that no shown text contains and no secret spans. */
const BETWEEN = '"\0"';

/** Redacts all texts of a report together: each secret is searched once, instead of once in each of thousands of texts. */
function inOnePass(
  render: (redact: (text: string) => string) => string,
  redact: (text: string) => string,
): string {
  const texts = new Set<string>();
  render((text) => {
    texts.add(text);
    return text;
  });
  const cleaned = redact([...texts].join(BETWEEN)).split(BETWEEN);
  if (cleaned.length !== texts.size) return render(redact);
  const known = new Map([...texts].map((text, i) => [text, cleaned[i]!]));
  return render((text) => known.get(text) ?? redact(text));
}

/** With findings about what the rules do not look at: logins, a certificate, what would hold servers. */
async function further(result: CheckResult, config: LoadedConfig): Promise<CheckResult> {
  const { servers, gateway, startable } = result;
  const found: Finding[] = [];
  let holdings: CheckResult['holdings'];
  const refused = new Set<string>();
  if (servers.some((server) => 'confinement' in server)) {
    const { heldFindings } = await import('../../daemon/held-findings.js');
    const held = await heldFindings(servers);
    found.push(...held.findings);
    holdings = held.holdings;
    for (const name of held.refused) refused.add(name);
  }
  if (servers.some((server) => 'remote' in server)) {
    const { loginFindings } = await import('../../daemon/login/login-findings.js');
    found.push(...loginFindings(servers));
  }
  if (gateway?.tls) {
    const { tlsFindings } = await import('../../daemon/http/tls-findings.js');
    const { file, path, line } = config.gateway.place;
    found.push(...(await tlsFindings(gateway, { file, path: `${path}.tls`, line }, Date.now())));
  }
  return {
    ...result,
    ...(holdings ? { holdings } : {}),
    findings: [...result.findings, ...found],
    startable: startable.filter((name) => !refused.has(name)),
  };
}

/** What the servers will need, and their worst package; the code is loaded when one of them is a process. */
async function ofProcesses(result: CheckResult, file: string | undefined): Promise<CheckReport> {
  if (!result.servers.some(({ kind }) => kind === 'stdio')) return result;
  const { memoryOf, memoryFindings } = await import('./check-memory.js');
  const { lockFiles } = await import('../../daemon/packages/lock-place.js');
  const { lockStates } = await import('../../daemon/packages/lock-states.js');
  const folder = stateFolderOf(file);
  const files = lockFiles(file);
  const locks = lockStates(result.servers.flatMap(withCommand), files);
  const memory = memoryOf(result, folder, (name) => locks.get(name)?.is);
  const found = memory ? memoryFindings(result, memory) : [];
  if (result.holdings) {
    const { fetchFindings } = await import('../../daemon/held-findings.js');
    found.push(...fetchFindings(result.servers, locks));
  }
  const report = { ...result, memory, findings: [...result.findings, ...found] };
  if (![...locks.values()].some(({ is }) => is === 'locked')) return report;
  return { ...report, worstPackage: await worstPackage(result, files, folder) };
}

async function examine(
  name: string | undefined,
  command: readonly string[] | undefined,
  { config: file, envFile, endpoint, agent, insecureNoAuth, proxy, ...options }: CheckOptions,
  cwd: string,
): Promise<CheckReport> {
  const mode = modeOf(options);
  try {
    const config = await loadConfig({ file, envFile, env: process.env, cwd, countStored: countStored(file) });
    const target = targetFrom(name, command, options);
    const result = await checkConfig(
      config,
      {
        target,
        gateway: target === undefined ? 'configured' : undefined,
        endpointOverride: endpoint,
        ...{ agent, insecureNoAuth },
        noProxy: proxy === false,
        ...mode,
        cwd,
      },
      thisMachine(),
    );
    return await ofProcesses(await further(result, config), file);
  } catch (error) {
    // A file that cannot be read is a result of the check.
    if (!(error instanceof ConfigError)) throw error;
    return {
      servers: [],
      links: [],
      profiles: [],
      disabled: [],
      disabledAgents: [],
      findings: error.findings,
      startable: [],
      secrets: [],
    };
  }
}
