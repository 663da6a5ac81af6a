import { type ControlChoice, controlPathsOf } from '../../daemon/control-place.js';
import { NoDaemonError } from '../../faces/control/client.js';
import { texts as status } from '../../messages/commands/status.js';
import { formatError } from '../../messages/format-error.js';
import { excerpt } from '../../messages/human.js';
import type { Lang } from '../../messages/index.js';
import { worded } from '../../messages/worded.js';
import type { HealthReport } from '../../observe/health.js';
import { askDaemon } from '../ask-daemon.js';
import { ExitCode } from '../exit-codes.js';
import { addressLines } from '../gateway-addresses.js';
import { languageOf } from '../language.js';
import { print, printJson } from '../output.js';
import { formatReport } from './health-text.js';
import type { StatusReport } from './status-report.js';

export interface HealthOptions extends ControlChoice {
  json?: boolean;
  lang?: string;
}

/** Docker waits 30 s by default; a daemon that needs longer than this is unhealthy. */
const TIMEOUT_MS = 3_000;

/** `mcp-pipe health`: asks the running daemon. Returns the exit code. */
export async function health(options: HealthOptions): Promise<number> {
  const { stdout } = process;
  const { paths } = controlPathsOf(options);
  const lang = languageOf(options.lang, process.env);
  try {
    const report = await ask(paths, lang);
    if (options.json) printJson(report);
    else print(textOf(report, lang, stdout.isTTY === true ? stdout : undefined));
    return report.healthy ? ExitCode.ok : ExitCode.runtime;
  } catch (error) {
    if (!(error instanceof NoDaemonError) || !options.json) throw error;
    const { what: message, next } = formatError(error, lang);
    const { code } = error;
    printJson({ healthy: false, error: { code, message, next } });
    return ExitCode.runtime;
  }
}

/** The links that run, then what a person has paused. */
function textOf(report: StatusReport, lang: Lang, size: NodeJS.WriteStream | undefined): string {
  const { links, paused = [] } = report;
  const { toResume } = status[lang];
  const ofPaused = paused.map(({ name }) => `${excerpt(name, 80)}: ${toResume({ name })}\n`);
  const { origin, clients, addresses = [], servers, copies } = report.gateway ?? {};
  const ofGateway =
    origin === undefined || clients === undefined
      ? []
      : [status[lang].gateway({ origin, clients }), ...addressLines(addresses, lang, servers, copies)];
  return [
    links.length > 0 ? formatReport(report, lang, size) : '',
    ...ofGateway.map((line) => `${line}\n`),
    ...ofPaused,
  ].join('');
}

async function ask(paths: readonly string[], lang: Lang): Promise<HealthReport> {
  const { result, error } = await askDaemon(paths, 'health', TIMEOUT_MS, { lang });
  if (isReport(result)) return result;
  throw new NoDaemonError('DAEMON_SILENT', worded('daemon-refuses', { message: error?.message }));
}

function isReport(value: unknown): value is HealthReport {
  return typeof value === 'object' && value !== null && 'healthy' in value && 'links' in value;
}
