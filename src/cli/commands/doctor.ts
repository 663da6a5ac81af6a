import { DOCTOR } from '../../config/doctor-bounds.js';
import { isInContainer } from '../../config/in-container.js';
import { shellWord } from '../../config/shell-word.js';
import { blackBoxFolder } from '../../daemon/black-box-files.js';
import { type ControlChoice, controlPathsOf } from '../../daemon/control-place.js';
import { examine } from '../../daemon/doctor/doctor.js';
import type { DoctorInput } from '../../daemon/doctor/input.js';
import type { Item } from '../../daemon/doctor/item.js';
import { judgeConfig, judgeMachine } from '../../daemon/doctor/machine.js';
import type { RunningDaemon } from '../../daemon/doctor/running.js';
import { loadSubject, type Subject } from '../../daemon/doctor/subject.js';
import { placesOf } from '../../daemon/packages/lock-step.js';
import { stateFolderOf } from '../../daemon/state-folder.js';
import { NoDaemonError } from '../../faces/control/client.js';
import { texts } from '../../messages/commands/doctor.js';
import { formatError } from '../../messages/format-error.js';
import type { Lang } from '../../messages/index.js';
import type { HealthReport } from '../../observe/health.js';
import { Redactor } from '../../observe/redact.js';
import { askDaemon } from '../ask-daemon.js';
import { ExitCode } from '../exit-codes.js';
import { listenForInterruption, within } from '../interruption.js';
import { languageOf } from '../language.js';
import { lastLogFile } from '../last-log-file.js';
import { type ModeOptions, modeOf } from '../mode-options.js';
import { print, printStyled } from '../output.js';
import { ProgressLine } from '../progress-line.js';
import { openInDaemon } from '../reach.js';
import { version } from '../version.js';
import { shownFile } from './check-text.js';
import { checkBundleFile, writeBundle } from './doctor-bundle.js';
import { countItems, doctorJson, doctorText } from './doctor-text.js';

export interface DoctorOptions extends ControlChoice, ModeOptions {
  envFile?: string;
  endpoint?: string;
  json?: boolean;
  strict?: boolean;
  /** False with `--no-dial`. */
  dial?: boolean;
  offline?: boolean;
  timeoutMs: number;
  bundle?: string;
  lang?: string;
  /** False with `--no-proxy`. */
  proxy?: boolean;
}

/** `mcp-pipe doctor [server]`. Returns the exit code. */
export async function doctor(name: string | undefined, options: DoctorOptions): Promise<number> {
  const { env, stdout } = process;
  const lang = languageOf(options.lang, env);
  const interruption = listenForInterruption();
  try {
    if (options.bundle !== undefined) checkBundleFile(options.bundle);
    const subject = await subjectOf(name, options);
    const redactor = new Redactor(subject.check.secrets);
    const redact = (text: string) => redactor.redact(text);
    const { signal, late } = within(options.timeoutMs, interruption.asked);
    const { running, silent } = await runningDaemon(options, lang);
    const context = { lang, redact, running, silent, signal };
    const items = await examineAll(subject, options, context);
    if (interruption.asked.aborted) return ExitCode.interrupted;
    const run = ['mcp-pipe', ...(options.config ? ['--config', shellWord(options.config)] : [])].join(' ');
    const endedAfterS = late() ? Math.round(options.timeoutMs / 1_000) : undefined;
    const text = {
      ...{ lang, redact, run, endedAfterS, isRunning: running !== undefined },
      colours: stdout.isTTY === true && !env.NO_COLOR,
      columns: stdout.isTTY === true ? stdout.columns : undefined,
    };
    if (options.json) print(doctorJson(items, text));
    else printStyled(doctorText(items, text));
    if (options.bundle !== undefined) {
      const { paths } = controlPathsOf(options);
      await writeBundle(items, {
        ...text,
        file: options.bundle,
        subject,
        running,
        paths,
        boxFolder: boxFolderOf(options),
        logFile: lastLogFile(options.config),
        inContainer: isInContainer(env),
      });
    }
    return exitCodeOf(items, subject, options.strict ?? false);
  } finally {
    interruption.dispose();
  }
}

function subjectOf(name: string | undefined, options: DoctorOptions): Promise<Subject> {
  const cwd = process.cwd();
  const { config: file, envFile, endpoint, proxy } = options;
  return loadSubject(
    { file, envFile, env: process.env, cwd },
    { ...modeOf(options), endpointOverride: endpoint, noProxy: proxy === false, gateway: 'configured', cwd },
    name,
  );
}

interface Context {
  lang: Lang;
  redact: (text: string) => string;
  running: RunningDaemon | undefined;
  silent: string | undefined;
  signal: AbortSignal;
}

async function examineAll(subject: Subject, options: DoctorOptions, context: Context): Promise<Item[]> {
  const { env, platform, arch } = process;
  const { lang, redact, running, silent, signal } = context;
  const inContainer = isInContainer(env);
  const { check, config, links, plan, proxies } = subject;
  const line = new ProgressLine(texts[lang].progress, lang);
  const input: DoctorInput = {
    ...{ links, plan, proxies, running, redis: config?.redis.plan, inContainer, lang, redact, signal },
    network: options.offline ? 'none' : options.dial === false ? 'reach' : 'dial',
    packages: placesOf(options.config),
    boxFolder: boxFolderOf(options),
    version: version(),
    onProgress: ({ done, total, waitsFor }) => {
      const [first = '', ...others] = waitsFor;
      const message = texts[lang].waitsFor({ names: first, more: others.length });
      line.onProgress({ progress: done, total, ...(first === '' ? {} : { message }) });
    },
  };
  try {
    const examined = await examine(input);
    const machine = judgeMachine({
      ...{ version: version(), node: process.versions.node, platform: `${platform} ${arch}` },
      ...{ inContainer, running: running?.report, silent, env, now: Date.now() },
    });
    const near = (file: string) => shownFile(file, process.cwd());
    const findings = check.findings.map((finding) => ({ ...finding, file: near(finding.file) }));
    const configured = judgeConfig({ ...check, findings }, near(config?.file ?? 'mcp_config.json'));
    return [...configured, ...machine, ...examined];
  } finally {
    line.end();
  }
}

function boxFolderOf({ config }: DoctorOptions): string {
  return blackBoxFolder(stateFolderOf(config));
}

/** The daemon of this configuration, if one runs and answers. */
async function runningDaemon(
  options: DoctorOptions,
  lang: Lang,
): Promise<{ running?: RunningDaemon; silent?: string }> {
  const { paths } = controlPathsOf(options);
  try {
    const { result, error } = await askDaemon(paths, 'health', DOCTOR.daemonTimeoutMs, { lang });
    if (typeof result !== 'object' || result === null) return { silent: error?.message ?? '?' };
    const tools: RunningDaemon['tools'] = async (server, signal) =>
      (await openInDaemon(paths, server, lang)).tools({ signal });
    return { running: { report: result as HealthReport, tools } };
  } catch (error) {
    if (!(error instanceof NoDaemonError)) throw error;
    return error.code === 'DAEMON_NOT_RUNNING' ? {} : { silent: formatError(error, lang).what };
  }
}

function exitCodeOf(items: readonly Item[], { check }: Subject, strict: boolean): number {
  const { errors, warnings } = countItems(items);
  if (check.findings.some(({ severity }) => severity === 'error')) return ExitCode.usage;
  return errors > 0 || (strict && warnings > 0) ? ExitCode.runtime : ExitCode.ok;
}
