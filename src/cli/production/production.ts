import { relative, resolve } from 'node:path';
import { checkDraft } from '../../config/check/check.js';
import { thisMachine } from '../../config/check/host.js';
import { draftPlan } from '../../config/draft.js';
import { configError, hasError } from '../../config/finding.js';
import { loadConfig } from '../../config/load.js';
import { controlPathsOf } from '../../daemon/control-place.js';
import { countStored } from '../../daemon/keys/count-stored.js';
import { NoDaemonError } from '../../faces/control/client.js';
import { usageError } from '../../messages/worded.js';
import { askDaemon } from '../ask-daemon.js';
import { ExitCode } from '../exit-codes.js';
import { languageOf } from '../language.js';
import { printJson, printStyled } from '../output.js';
import { servicesOf } from '../service/conflicts.js';
import { thisMachine as serviceMachine } from '../service/machine.js';
import { managerKind, managerOf } from '../service/manager.js';
import { assess, scoreOf } from './assess.js';
import { findCompose, readServices } from './compose-services.js';
import { deploymentOf, type Evidence, hasPipeline, memoryLimit } from './evidence.js';
import { reportJson, reportText } from './report.js';

export interface ProductionOptions {
  config?: string;
  envFile?: string;
  compose?: string;
  control?: string;
  json?: boolean;
  strict?: boolean;
  lang?: string;
}

/** A running daemon answers at once; the report does not wait for one that hangs. */
const ANSWER_WITHIN_MS = 3_000;

/**
 * `mcp-pipe check --production`: judges this setup by 37 points. Returns the exit code.
 *
 * @throws ConfigError when the configuration has errors: nothing of it would run.
 */
export async function checkProduction(options: ProductionOptions): Promise<number> {
  const { config: file, envFile, json = false, strict = false } = options;
  const { stdout, env } = process;
  const cwd = process.cwd();
  const config = await loadConfig({ file, envFile, env, cwd, countStored: countStored(file) });
  const host = thisMachine();
  const draft = draftPlan(config, { gateway: 'configured', ui: { configured: true }, cwd });
  // What would not start is no setup: its points would be judged by what is left of the configuration.
  if (hasError(draft.findings)) throw configError('unusable', draft.findings);
  const named = options.compose === undefined ? undefined : resolve(cwd, options.compose);
  const composeFile = findCompose(named, config.folder, host);
  const compose = composeFile === undefined ? undefined : await readServices(composeFile, host);
  if (named !== undefined && compose === undefined) throw usageError('no-compose-file', { file: named });
  const { findings, storedKeys } = await checkDraft(config, draft, host);
  const evidence: Evidence = {
    ...{ draft, storedKeys },
    settings: config.settings,
    findings,
    compose,
    uid: process.getuid?.(),
    memoryLimit: memoryLimit(host),
    logFormat: env.MCP_PIPE_LOG_FORMAT,
    healthy: await healthOf(options),
    deployment: deploymentOf(compose, host),
    isService: isService(config.wantedFile),
    hasPipeline: hasPipeline(config.folder, host),
    now: host.now,
  };
  const points = assess(evidence);
  const shown = (path: string) => (relative(cwd, path).startsWith('..') ? path : relative(cwd, path));
  const context = {
    lang: languageOf(options.lang, env),
    colours: stdout.isTTY === true && !env.NO_COLOR,
    columns: stdout.isTTY === true ? stdout.columns : undefined,
    config: shown(config.wantedFile),
    compose: compose && shown(compose.file),
  };
  if (json) printJson(reportJson(points, context));
  else printStyled(reportText(points, context));
  const { missing, unseen } = scoreOf(points);
  return strict && missing + unseen > 0 ? ExitCode.runtime : ExitCode.ok;
}

/** Whether a running mcp-pipe of this configuration is healthy; undefined: none answers. */
async function healthOf(options: ProductionOptions): Promise<boolean | undefined> {
  try {
    const { result } = await askDaemon(controlPathsOf(options).paths, 'health', ANSWER_WITHIN_MS);
    return (result as { healthy?: unknown } | undefined)?.healthy === true;
  } catch (error) {
    if (error instanceof NoDaemonError) return undefined;
    throw error;
  }
}

function isService(config: string): boolean {
  const machine = serviceMachine();
  const manager = managerOf(managerKind(machine.platform), 'x', 'user', machine);
  return servicesOf(config, manager, machine).length > 0;
}
