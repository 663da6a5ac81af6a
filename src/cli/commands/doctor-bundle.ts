import { accessSync, constants, existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { DOCTOR } from '../../config/doctor-bounds.js';
import { makeBundle } from '../../daemon/doctor/bundle.js';
import type { Item } from '../../daemon/doctor/item.js';
import type { RunningDaemon } from '../../daemon/doctor/running.js';
import type { Subject } from '../../daemon/doctor/subject.js';
import { NoDaemonError } from '../../faces/control/client.js';
import { texts } from '../../messages/commands/doctor.js';
import { formatBytes } from '../../messages/human.js';
import { messagesFor } from '../../messages/index.js';
import { usageError } from '../../messages/worded.js';
import { askDaemon } from '../ask-daemon.js';
import { printError } from '../output.js';
import { createFile, PRIVATE } from '../text-file.js';
import { version } from '../version.js';
import { checkJson } from './check-json.js';
import { type DoctorTextOptions, doctorJson, doctorText } from './doctor-text.js';

export interface BundleOptions extends DoctorTextOptions {
  file: string;
  subject: Subject;
  running: RunningDaemon | undefined;
  /** Control socket of the running mcp-pipe. */
  paths: readonly string[];
  boxFolder: string;
  logFile: string;
  inContainer: boolean;
}

/** Before anything is examined. @throws UsageError when the file is there already, or cannot be made */
export function checkBundleFile(file: string): void {
  const refused = (code: string) => usageError('file-refused', { file, act: 'create', code, odd: undefined });
  if (existsSync(file)) throw refused('EEXIST');
  try {
    accessSync(dirname(resolve(file)), constants.W_OK);
  } catch (error) {
    throw refused((error as NodeJS.ErrnoException).code ?? 'EACCES');
  }
}

/** Writes the support archive, readable by this user only, and says so on stderr. @throws UsageError */
export async function writeBundle(items: readonly Item[], options: BundleOptions): Promise<void> {
  const { file, subject, running, paths, boxFolder, logFile, inContainer, lang, redact } = options;
  const words = texts[lang];
  const plain = { ...options, colours: false, columns: 120 };
  const context = { lang, cwd: process.cwd(), run: options.run, colours: false, columns: undefined };
  const { archive, files } = await makeBundle({
    ...{ subject, boxFolder, logFile, inContainer, version: version(), health: running?.report },
    records: running && (await recordsOf(paths)),
    reports: {
      'README.txt': words.readme,
      'doctor.txt': doctorText(items, plain),
      'doctor.json': JSON.parse(doctorJson(items, { lang, redact })),
      'check.json': JSON.parse(checkJson(subject.check, context, redact)),
    },
  });
  createFile(file, archive, PRIVATE);
  const size = formatBytes(archive.length, messagesFor(lang).numbers);
  printError(`${words.written({ file, files, size })}\n`);
}

/** The last records of the running one's log; undefined when it does not say. */
async function recordsOf(paths: readonly string[]): Promise<object[] | undefined> {
  try {
    const { result } = await askDaemon(paths, 'logs', DOCTOR.daemonTimeoutMs, { limit: DOCTOR.logRecords });
    const { records } = (result ?? {}) as { records?: object[] };
    return records;
  } catch (error) {
    if (error instanceof NoDaemonError) return undefined;
    throw error;
  }
}
