import { texts as pause } from '../../messages/commands/pause.js';
import { texts as reconnect } from '../../messages/commands/reconnect.js';
import { texts as restart } from '../../messages/commands/restart.js';
import { texts as resume } from '../../messages/commands/resume.js';
import type { Reconnected } from '../../protocol/renewal.js';
import { type AskOptions, askPatiently, withDaemon } from '../ask-daemon.js';
import { ExitCode } from '../exit-codes.js';
import { languageOf } from '../language.js';
import { printJson, printSentences } from '../output.js';

/** What the daemon did: the servers and links that it concerned. */
interface Done {
  name: string;
  servers: string[];
  links: string[];
  /** The servers that were restarted; the servers or links that were paused or resumed. */
  changed: string[];
  /** Of `restart`: servers that have no process until their next call. */
  asleep?: string[];
  /** Of `reconnect`: what each link does. */
  did?: Record<string, Reconnected>;
}

/** `mcp-pipe restart|pause|resume NAME`: asks the running daemon. Returns the exit code. */
export async function act(
  method: 'restart' | 'pause' | 'resume',
  name: string,
  options: AskOptions,
): Promise<number> {
  const lang = languageOf(options.lang, process.env);
  const words = { restart, pause, resume }[method][lang];
  return await withDaemon(options, async () => {
    const done = await askPatiently<Done>(options, method, { name, lang }, words.waiting({ name }));
    const names = done.changed.join(', ');
    const { asleep = [] } = done;
    const lines = [
      ...(done.changed.length > 0 ? [words.done({ names, name })] : []),
      ...(asleep.length > 0 ? [restart[lang].asleep({ names: asleep.join(', ') })] : []),
    ];
    if (options.json) printJson(done);
    else printSentences(`${lines.length > 0 ? lines.join('\n') : words.nothing({ name })}\n`);
    return ExitCode.ok;
  });
}

/** `mcp-pipe reconnect NAME`. The exit code is 0 when at least one link connects again because of it. */
export async function reconnectLinks(name: string, options: AskOptions): Promise<number> {
  const lang = languageOf(options.lang, process.env);
  const words = reconnect[lang];
  return await withDaemon(options, async () => {
    const done = await askPatiently<Done>(options, 'reconnect', { name, lang }, words.waiting({ name }));
    const did = Object.entries(done.did ?? {});
    const lines = did.map(([link, does]) => words.ofLink({ name: link, text: words.did[does] }));
    if (options.json) printJson(done);
    else printSentences(`${lines.length > 0 ? lines.join('\n') : words.nothing({ name })}\n`);
    return done.links.length > 0 ? ExitCode.ok : ExitCode.runtime;
  });
}
