import type { Login } from '../../daemon/oauth/oauth-store.js';
import { texts } from '../../messages/commands/oauth.js';
import { escapeControls, formatClock } from '../../messages/human.js';
import type { Lang } from '../../messages/index.js';
import { displayWidth, padToWidth } from '../../observe/display-width.js';
import { type AskOptions, askFor, withDaemon } from '../ask-daemon.js';
import { ExitCode } from '../exit-codes.js';
import { languageOf } from '../language.js';
import { printError, printJson, printSentences } from '../output.js';

export interface OAuthOptions extends AskOptions {
  /** Of the login to be ended. */
  end?: string;
}

/** `mcp-pipe oauth`: asks the running daemon which clients of OAuth people have let in, or ends a login. Returns the exit code. */
export async function oauth(options: OAuthOptions): Promise<number> {
  const lang = languageOf(options.lang, process.env);
  const words = texts[lang];
  return await withDaemon(options, async () => {
    if (options.end !== undefined) return endLogin(options, options.end, lang);
    const { logins } = await askFor<{ logins: Login[] | null }>(options, 'oauth/logins');
    if (options.json) printJson({ logins });
    else printSentences(`${logins === null ? words.off : asText(logins, lang)}\n`);
    return ExitCode.ok;
  });
}

async function endLogin(options: AskOptions, id: string, lang: Lang): Promise<number> {
  const { login } = await askFor<{ login: Login | null }>(options, 'oauth/end', { id });
  const { ended, unknown } = texts[lang];
  if (options.json) printJson({ login });
  else if (login) printSentences(`${escapeControls(ended({ client: login.clientName, key: login.key }))}\n`);
  else printError(`${escapeControls(unknown({ id }))}\n`);
  return login ? ExitCode.ok : ExitCode.usage;
}

function asText(logins: readonly Login[], lang: Lang): string {
  const words = texts[lang];
  if (logins.length === 0) return words.none;
  const rows = logins.map(({ id, clientName, host, key, at, usedAt }) => [
    ...[id, clientName, host, words.key({ key })],
    ...[words.since({ at: formatClock(at) }), words.used({ at: formatClock(usedAt) })],
  ]);
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => displayWidth(row[i]!))));
  return rows
    .map((row) => row.map((cell, i) => padToWidth(cell, widths[i]!)).join('  '))
    .map((line) => escapeControls(line.trimEnd()))
    .join('\n');
}
