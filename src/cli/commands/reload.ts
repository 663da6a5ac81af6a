import type { PlanDiff } from '../../config/diff-plan.js';
import { type FindingText, formatReload } from '../../daemon/configuration-report.js';
import { texts } from '../../messages/commands/reload.js';
import { type AskOptions, askPatiently, DaemonRefusal, withDaemon } from '../ask-daemon.js';
import { ExitCode } from '../exit-codes.js';
import { languageOf } from '../language.js';
import { printError, printJson, printSentences } from '../output.js';

interface Reloaded {
  readAt: number;
  isChanged: boolean;
  diff: PlanDiff;
  /** Warnings about the configuration, as texts. */
  warnings: string[];
}

/** `mcp-pipe reload`: prints what has changed, or why the edit was refused. Returns the exit code. */
export async function reload(options: AskOptions): Promise<number> {
  const lang = languageOf(options.lang, process.env);
  return await withDaemon(options, async () => {
    try {
      const done = await askPatiently<Reloaded>(options, 'reload', { lang }, texts[lang].waiting);
      if (options.json) printJson(done);
      else printSentences(`${[formatReload(done.diff, lang), ...done.warnings].join('\n')}\n`);
      return ExitCode.ok;
    } catch (error) {
      const findings = findingsOf(error);
      if (!findings) throw error;
      const { message, code } = error as DaemonRefusal;
      if (options.json) printJson({ error: { code, message, findings } });
      else printError(`${[message, ...findings.map(({ text }) => text)].join('\n')}\n`);
      return ExitCode.usage;
    }
  });
}

/** Undefined when the error is no refused edit. */
function findingsOf(error: unknown): FindingText[] | undefined {
  if (!(error instanceof DaemonRefusal)) return undefined;
  const { findings } = (error.data ?? {}) as { findings?: FindingText[] };
  return Array.isArray(findings) ? findings : undefined;
}
