import type { PageState } from '../../daemon/http/http-plans.js';
import { texts } from '../../messages/commands/ui.js';
import { type AskOptions, askPatiently, withDaemon } from '../ask-daemon.js';
import { ExitCode } from '../exit-codes.js';
import { languageOf } from '../language.js';
import { printError, printJson, printSentences } from '../output.js';
import { linkLines } from '../page-link.js';

/** `mcp-pipe ui`: prints how the page of the running mcp-pipe is opened. Returns the exit code. */
export async function ui(options: AskOptions): Promise<number> {
  const lang = languageOf(options.lang, process.env);
  const words = texts[lang];
  return await withDaemon(options, async () => {
    const { page } = await askPatiently<{ page?: PageState }>(options, 'health', { lang }, words.waiting);
    if (options.json) printJson({ page: page ?? null });
    else if (page) printSentences(`${linkLines(page, options.config, lang).join('\n')}\n`);
    else printError(`${words.none}\n${words.next}\n`);
    return page ? ExitCode.ok : ExitCode.runtime;
  });
}
