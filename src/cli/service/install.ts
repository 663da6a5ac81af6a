import { lstatSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { texts } from '../../messages/commands/service.js';
import { makeFolder } from '../../process/make-folder.js';
import { replaceFile } from '../text-file.js';
import { daemonOf, readText } from './conflicts.js';
import type { Machine } from './machine.js';
import type { Manager } from './manager.js';
import { madeBy, type Service } from './service.js';
import { ServiceError } from './service-error.js';

type Words = typeof texts.en;

/** How long a first start may take on a small, busy machine. The servers need not be ready for an answer. */
const ANSWER_WITHIN_MS = 30_000;
/** Each look is one connection on this machine, and one command of the manager. */
const LOOK_MS = 250;
/** How many lines of the log are shown when the start failed. */
const LOG_LINES = 15;
/** Readable for all, as files of service managers are. It holds no secret. */
const MODE = 0o644;

/** Writes the file of a service, starts it, and waits until mcp-pipe answers. @throws ServiceError */
export async function installService(
  service: Service,
  manager: Manager,
  machine: Machine,
  words: Words,
  onLog: (text: string) => void,
): Promise<{ pid: number | undefined }> {
  for (const command of manager.before) await machine.run(command);
  writeServiceFile(manager, service, words);
  for (const command of manager.start) await succeed(command, machine, words);
  const until = Date.now() + ANSWER_WITHIN_MS;
  for (;;) {
    const daemon = await daemonOf(service);
    const { running, pid, word } = await manager.state();
    // After a restart, the process before may answer once more.
    if (daemon && (pid === undefined || daemon.pid === undefined || daemon.pid === pid)) return daemon;
    // A unit that ended with exit code 2 is not started again.
    if ((!running && word === 'failed') || Date.now() > until) break;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  onLog(await endOfLog(service, manager, machine));
  const log = manager.log?.join(' ') ?? service.logFile!;
  throw new ServiceError('SERVICE_SILENT', words.notAnswering({ log }));
}

function writeServiceFile(manager: Manager, service: Service, words: Words): void {
  try {
    makeFolder(dirname(manager.file));
    if (service.logFile !== undefined) makeFolder(dirname(service.logFile));
    if (isLinkToNoFile(manager.file)) rmSync(manager.file);
    replaceFile(manager.file, manager.bytesOf(manager.textOf(service)), MODE);
  } catch (error) {
    throw denied(manager.file, error, words);
  }
}

/** A masked unit is a link to /dev/null, which must not be written. A link to an ordinary file stays, and that file is written. */
function isLinkToNoFile(file: string): boolean {
  const isLink = lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() === true;
  return isLink && statSync(file, { throwIfNoEntry: false })?.isFile() !== true;
}

async function succeed(command: readonly string[], machine: Machine, words: Words): Promise<void> {
  const { code, output } = await machine.run(command);
  if (code === 0) return;
  const said = output || `exit code ${code}`;
  throw new ServiceError('SERVICE_COMMAND_FAILED', words.commandFailed({ command: command.join(' '), said }));
}

async function endOfLog(service: Service, manager: Manager, machine: Machine): Promise<string> {
  if (!manager.log) {
    const lines = (readText(service.logFile!) ?? '').trimEnd().split('\n');
    return lines.slice(-LOG_LINES).join('\n');
  }
  const options = ['-n', String(LOG_LINES), '--no-pager', '-o', 'cat'];
  return (await machine.run([...manager.log, ...options])).output;
}

/**
 * Stops a service and removes its file, if mcp-pipe made it. Idempotent. Returns whether there was one.
 *
 * @throws ServiceError
 */
export async function uninstallService(manager: Manager, machine: Machine, words: Words): Promise<boolean> {
  const text = readText(manager.file);
  if (text === undefined) return false;
  if (!madeBy(text))
    throw new ServiceError('SERVICE_FILE_FOREIGN', words.foreignStays({ file: manager.file }));
  // A service that does not run any more is not stopped, and a manager that does not run stops nothing.
  for (const command of manager.stop) await machine.run(command);
  try {
    rmSync(manager.file);
  } catch (error) {
    throw denied(manager.file, error, words);
  }
  for (const command of manager.forget) await machine.run(command);
  return true;
}

function denied(file: string, error: unknown, words: Words): unknown {
  const system = error as NodeJS.ErrnoException & { cause?: NodeJS.ErrnoException };
  const code = [system.code, system.cause?.code].find((one) => /^E[A-Z]+$/.test(one ?? ''));
  return code === undefined ? error : new ServiceError('SERVICE_DENIED', words.denied({ file, code }));
}
