import { setTimeout as sleep } from 'node:timers/promises';
import { isInContainer } from '../../config/in-container.js';
import { texts } from '../../messages/commands/stop.js';
import { type AskOptions, openDaemon, resultOf, withDaemon } from '../ask-daemon.js';
import { ExitCode } from '../exit-codes.js';
import { languageOf } from '../language.js';
import { printJson, printSentences } from '../output.js';
import { ProgressLine } from '../progress-line.js';

/** No event reports that a process which is no child has ended. */
const LOOK_EVERY_MS = 50;

/** `mcp-pipe stop`: returns the exit code when the daemon's process has ended. */
export async function stop(options: AskOptions): Promise<number> {
  const lang = languageOf(options.lang, process.env);
  const words = texts[lang];
  return await withDaemon(options, async () => {
    const client = await openDaemon(options);
    const startedAt = performance.now();
    const { pid } = resultOf<{ pid: number }>(await client.ask('stop', { lang }));
    const progress = new ProgressLine(words.waiting({ pid }), lang);
    // The connection also ends when the daemon ends one that is silent for long, and a socket may be that of another container.
    await client.ended;
    while (isRunning(pid)) await sleep(LOOK_EVERY_MS);
    progress.end();
    const afterMs = performance.now() - startedAt;
    const isContainer = isInContainer(process.env);
    const lines = [words.done({ pid, afterMs }), ...(isContainer ? [words.inContainer] : [])];
    if (options.json) printJson({ pid, stopped: true, afterMs: Math.round(afterMs) });
    else printSentences(`${lines.join('\n')}\n`);
    return ExitCode.ok;
  });
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
