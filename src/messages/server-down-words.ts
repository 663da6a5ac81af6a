import { faultOf, type ServerCause, type ServerEnd } from '../protocol/server-end.js';
import type { StatusEvent } from '../protocol/status.js';
import { type Advised, textOf } from './advice.js';
import { adviceFor, hintFor } from './hints.js';
import { excerpt } from './human.js';
import { type Lang, type Messages, messagesFor } from './index.js';
import type { DownFacts, ServerCauseWords, ServerKindWords, WordedServerCause } from './parts.js';
import { remoteCase, remoteFacts } from './server-case.js';
import { type FailureParts, formatTail, type IsDue, joined, orNothing, sentence } from './words.js';

type Event<Type extends StatusEvent['type']> = Extract<StatusEvent, { type: Type }>;

/** `The server ended with exit code 1 after 2 s. What to do. Next start in 4 s. Last on stderr: …` */
export function formatServerDown(event: Event<'server-down'>, lang: Lang, isDue: IsDue = () => true): string {
  const tailOf = (lines: readonly string[]) => formatTail(lines, lang, event.serverKind as 'stdio');
  return joined(partsOfServerDown(event, lang), isDue, tailOf);
}

/** The same, part by part. @param advise General advice, too, which the log gives at the first failure only */
export function partsOfServerDown(event: Event<'server-down'>, lang: Lang, advise = false): FailureParts {
  const {
    why,
    serverKind,
    end,
    livedMs,
    failures,
    nextStartMs: ms,
    pendingFailed: pending,
    stderrTail,
    remote,
  } = event;
  const fault = faultOf(end);
  const { server } = messagesFor(lang);
  // A server that is started only once has no next start.
  const kind = wordsOfKind(serverKind, lang);
  const again = Number.isFinite(ms) ? [kind.again({ crashed: why === 'exited', failures, ms })] : [];
  const inARow = failures < 2 ? undefined : kind.inARow({ crashed: why === 'exited', failures });
  if (why === 'not-started') {
    const said = end.kind === 'not-started' ? end.said : undefined;
    // The launcher's own text names the command and what to do.
    const [problem = fault.error, ...next] = said ? formatLaunchError(said, lang) : stderrTail;
    const advice = next.map((line) => sentence(excerpt(line)));
    return {
      what: [sentence(server.notStarted({ problem: problem === undefined ? undefined : excerpt(problem) }))],
      next: advice.length > 0 ? advice : orNothing(adviceFor({ ...fault, stderrTail }, lang)),
      ...{ again, inARow, stderrTail: [] },
    };
  }
  const lost = pending > 0 ? [server.failedCalls({ pending })] : [];
  const said = remoteAdvice({ end, remote, livedMs }, lang);
  if (said) return { what: [said.what, ...lost], next: [said.next], again, inARow, stderrTail };
  // The exit code of a server that mcp-pipe ended says nothing.
  const hint = adviceFor(why === 'exited' ? { ...fault, stderrTail } : { stderrTail }, lang);
  const { gone, next } = wordsOfCause(serverKind, why, lang);
  return {
    what: [gone({ ...fault, livedMs }), ...lost],
    next: orNothing(hint ?? (failures < 2 || advise ? next() : undefined)),
    ...{ again, inARow, stderrTail },
  };
}

/** What the end of a remote server means, and what to do; undefined for any other end. */
export function remoteWords(
  { end, remote, livedMs }: Pick<Event<'server-down'>, 'end' | 'remote' | 'livedMs'>,
  lang: Lang,
): { what: string; next: string } | undefined {
  const said = remoteAdvice({ end, remote, livedMs }, lang);
  return said && { what: said.what, next: textOf(said.next) };
}

function remoteAdvice(
  { end, remote, livedMs }: Pick<Event<'server-down'>, 'end' | 'remote' | 'livedMs'>,
  lang: Lang,
): { what: string; next: Advised } | undefined {
  if (!remote) return undefined;
  const found = remoteCase(end, remote.address);
  if (!found) return undefined;
  const { what, next } = messagesFor(lang).remoteCauses[found];
  const facts = remoteFacts(end, { ...remote, livedMs });
  return { what: what(facts), next: next(facts) };
}

/** The words for servers of one kind. */
export function wordsOfKind(kind: string, lang: Lang): ServerKindWords {
  return messagesFor(lang).serverKinds[kind as keyof Messages['serverKinds']];
}

/** The words for a cause: those of the kind, else those of all kinds. */
function wordsOfCause(kind: string, why: WordedServerCause, lang: Lang): ServerCauseWords {
  const own = wordsOfKind(kind, lang).causes;
  return why === 'unanswered' ? own.unanswered : { ...messagesFor(lang).server.causes[why], ...own[why] };
}

/** Why a server could not be started, and what to do. */
export function formatLaunchError(
  { id, params }: { id: string; params: unknown },
  lang: Lang,
): [string, string] {
  const say = messagesFor(lang).launch[id as keyof Messages['launch']] as (params: unknown) => Said;
  const { what, next } = say(params);
  return [what, next];
}

type Said = Record<'what' | 'next', string>;

type ShownExit = DownFacts & { serverKind: string; why: ServerCause; end?: ServerEnd } & Pick<
    Event<'server-down'>,
    'remote'
  >;

/** Beside others in a table; what is cut stands in the log, and below the table. */
const LAST_PROBLEM = 160;

/** `The server ended with exit code 1 after 2 s.` */
export function formatExit(exit: ShownExit, lang: Lang): string {
  const { server } = messagesFor(lang);
  const said = exit.end && remoteWords({ ...exit, end: exit.end }, lang);
  if (said) return said.what;
  const why = exit.end?.kind === 'not-started' ? exit.end.said : undefined;
  // The launcher's own words say more than the code of the error.
  const problem = why ? excerpt(formatLaunchError(why, lang)[0], LAST_PROBLEM) : exit.error;
  return exit.why === 'not-started'
    ? sentence(server.notStarted({ problem }))
    : wordsOfCause(exit.serverKind, exit.why, lang).gone(exit);
}

/** `The server has not answered initialize for 10 s …` */
export function formatSlowServer(event: Event<'server-slow'>, lang: Lang): string {
  const { serverKind, waitedMs, timeoutMs, stderrTail } = event;
  const { server } = messagesFor(lang);
  const advice = hintFor({ stderrTail }, lang) ?? wordsOfKind(serverKind, lang).slow();
  const tail = formatTail(stderrTail, lang, serverKind as keyof Messages['serverKinds']);
  return [server.slow({ waitedMs, timeoutMs }), advice, ...tail].join(' ');
}
