import { isInContainer } from '../../config/in-container.js';
import { shellWord } from '../../config/shell-word.js';
import { texts } from '../../messages/commands/service.js';
import { formatFinding } from '../../messages/format-finding.js';
import type { Lang } from '../../messages/index.js';
import { ConfigError } from '../../protocol/errors.js';
import { ExitCode } from '../exit-codes.js';
import { explain } from '../explain.js';
import { languageOf } from '../language.js';
import { print, printError, printJson, printSentences } from '../output.js';
import { chosenManager, installedManager, type ServiceChoice } from '../service/choice.js';
import { refuseConflicts } from '../service/conflicts.js';
import { installService, uninstallService } from '../service/install.js';
import { type Machine, thisMachine } from '../service/machine.js';
import { type MadeService, makeService } from '../service/make-service.js';
import type { Manager } from '../service/manager.js';
import { ServiceError } from '../service/service-error.js';
import { serviceReport, serviceText } from '../service/status.js';

export interface ServiceOptions extends ServiceChoice {
  config?: string;
  envFile?: string;
  logFile?: string;
  runAs?: string;
  watch?: boolean;
  linger?: boolean;
  force?: boolean;
  dryRun?: boolean;
  json?: boolean;
  lang?: string;
}

export type ServiceAction = 'install' | 'uninstall' | 'status' | 'print';

type Words = typeof texts.en;

/** `mcp-pipe service ACTION`. Returns the exit code. */
export async function service(action: ServiceAction, options: ServiceOptions): Promise<number> {
  const lang = languageOf(options.lang, process.env);
  const words = texts[lang];
  const machine = thisMachine();
  try {
    if (action === 'status') return await status(options, machine, words);
    if (action === 'uninstall') return await uninstall(options, machine, words);
    const manager = chosenManager(options, machine, words);
    const made = await makeService(options, manager, machine, { lang, words });
    if (action === 'print' || options.dryRun) return show(made, manager, options, words);
    return await install(made, manager, machine, options, { lang, words });
  } catch (error) {
    if (options.json && error instanceof ConfigError) {
      const [message, ...findings] = explain(error, { lang }).lines;
      printJson({ error: { code: error.code, message, findings } });
      return ExitCode.usage;
    }
    if (!(error instanceof ServiceError)) throw error;
    if (error.cause instanceof ConfigError)
      printError(`${explain(error.cause, { lang }).lines.slice(1).join('\n')}\n`);
    if (!options.json) throw error;
    printJson({ error: { code: error.code, message: error.message, next: error.next } });
    return error.code === 'USAGE' ? ExitCode.usage : ExitCode.runtime;
  }
}

async function install(
  made: MadeService,
  manager: Manager,
  machine: Machine,
  { linger, force = false, json }: ServiceOptions,
  { lang, words }: { lang: Lang; words: Words },
): Promise<number> {
  const { service: wanted, findings, warnings } = made;
  const said = await manager.absence();
  if (said !== undefined) {
    const container = isInContainer(process.env);
    throw new ServiceError(
      'SERVICE_MANAGER_ABSENT',
      words.absent({ manager: manager.kind, said, container }),
    );
  }
  await refuseConflicts(made, manager, machine, { force, words });
  for (const text of [...findings.map((finding) => formatFinding(finding, lang)), ...warnings])
    printError(`${text}\n`);
  const { pid } = await installService(wanted, manager, machine, words, (log) => printError(`${log}\n`));
  if (linger && manager.kind === 'systemd' && manager.scope === 'user')
    await machine.run(['loginctl', 'enable-linger', machine.user]);
  const report = await serviceReport(wanted.name, manager, machine);
  if (json) {
    printJson({ ...report, warnings });
    return ExitCode.ok;
  }
  const { name, scope, account } = wanted;
  const isLate = manager.kind === 'systemd' && report.afterReboot !== 'before-login';
  printSentences(`${words.installed({ name, scope, user: account.name, pid })}\n`);
  // Not wrapped: its paths and commands are copied.
  print(serviceText(report, words, Date.now()));
  if (scope === 'user')
    printSentences(`${isLate ? words.noLinger({ user: account.name }) : words.lingers}\n`);
  return ExitCode.ok;
}

/** Prints the file and the commands, and writes nothing. */
function show(
  { service: wanted, warnings }: MadeService,
  manager: Manager,
  { json, linger }: ServiceOptions,
  words: Words,
): number {
  const lingering = linger && manager.kind === 'systemd' && manager.scope === 'user';
  const commands = [
    ...manager.before,
    ...manager.start,
    ...(lingering ? [['loginctl', 'enable-linger', wanted.account.name]] : []),
  ].map((command) => command.map((word) => shellWord(word)).join(' '));
  const content = manager.textOf(wanted);
  if (json) {
    printJson({ file: manager.file, content, commands, warnings });
    return ExitCode.ok;
  }
  for (const text of warnings) printError(`${text}\n`);
  printError(`${words.wouldWrite({ file: manager.file })}\n`);
  print(content);
  printError(`${[words.wouldRun, ...commands].join('\n')}\n`);
  return ExitCode.ok;
}

async function uninstall(options: ServiceOptions, machine: Machine, words: Words): Promise<number> {
  const { name, json } = options;
  const manager = installedManager(options, machine, words);
  const removed = await uninstallService(manager, machine, words);
  const { file } = manager;
  if (json) printJson({ name, file, removed });
  else printSentences(`${removed ? words.removed({ name, file }) : words.nothing({ name })}\n`);
  return ExitCode.ok;
}

async function status(options: ServiceOptions, machine: Machine, words: Words): Promise<number> {
  const report = await serviceReport(options.name, installedManager(options, machine, words), machine);
  if (options.json) printJson(report);
  else if (report.installed) print(serviceText(report, words, Date.now()));
  else printSentences(`${words.notInstalled(report)}\n`);
  if (!report.installed) return ExitCode.notInstalled;
  return report.running ? ExitCode.ok : ExitCode.notRunning;
}
