import { createLog } from '../../src/observe/log.js';
import { logStatus } from '../../src/observe/log-status.js';
import type { Observer } from '../../src/observe/observer.js';
import { Redactor } from '../../src/observe/redact.js';

/** `SHOW_LOG=debug`, or another level: the log of the links under test is printed between the results of the tests. */
export const SHOW_LOG = process.env.SHOW_LOG;

/** Further observers of a test's daemon: the log of that level, with frames at `trace`; empty without SHOW_LOG. */
export const shownLog: readonly Observer[] = SHOW_LOG ? [await openLog(SHOW_LOG)] : [];

async function openLog(level: string): Promise<Observer> {
  const destination = { write: (line: string) => void process.stderr.write(line) };
  const log = await createLog({
    ...{ level, format: 'pretty', colour: false, destination },
    redactor: new Redactor([]),
  });
  const onFrame = (link: string, to: 'server' | 'endpoint', frame: Uint8Array) =>
    log.log.trace({ link }, `to the ${to}: ${Buffer.from(frame).toString()}`);
  return { name: 'log', onStatus: logStatus(log), ...(level === 'trace' ? { onFrame } : {}) };
}
