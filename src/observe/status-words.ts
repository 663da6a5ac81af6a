import type { StatusEvent } from '../protocol/status.js';
import { hintFor } from './hints.js';
import { excerpt, sayBytes, sayCount, sayMs } from './human.js';
import { capital, inTime, orNothing, sayDown, sayTail, sentence } from './words.js';

/** A line of stderr may be longer than other excerpts: it is what the server wants to say. */
export const STDERR_LENGTH = 2_000;

type Event<Type extends StatusEvent['type']> = Extract<StatusEvent, { type: Type }>;

/** `The server ended with exit code 1 after 2 s. What to do. Next start in 4 s. Last on stderr: …` */
export function sayServerDown(event: Event<'server-down'>): string {
  const { why, failures, nextStartMs, pendingFailed, stderrTail } = event;
  const sentences: string[] = [];
  if (why === 'not-started') {
    // The launcher's own words, which name the command and what to do.
    const [problem, ...next] = stderrTail;
    sentences.push(
      sentence(
        `The server could not be started: ${excerpt(problem ?? event.error ?? 'no reason was given')}`,
      ),
    );
    const advice = next.map((line) => sentence(excerpt(line)));
    sentences.push(...(advice.length > 0 ? advice : orNothing(hintFor(event))));
  } else {
    sentences.push(
      GONE[why](event),
      ...orNothing(pendingFailed > 0 ? `${failedCalls(pendingFailed)}.` : undefined),
    );
    // The exit code of a server that had to be ended says nothing.
    const hint = hintFor(why === 'exited' ? event : { stderrTail });
    // What is no news need not be read twice.
    sentences.push(...orNothing(hint ?? (failures < 2 ? ALONE[why] : undefined)));
  }
  const next = `next start ${inTime(nextStartMs)}.`;
  const again = `It has ${why === 'exited' ? 'crashed' : 'failed'} ${failures} times in a row; ${next}`;
  // Of a server that is started only once, there is no next start.
  if (Number.isFinite(nextStartMs)) sentences.push(failures < 2 ? capital(next) : again);
  return [...sentences, ...(why === 'not-started' ? [] : sayTail(stderrTail))].join(' ');
}

type Gone = Exclude<Event<'server-down'>['why'], 'not-started'>;

const GONE: Record<Gone, (event: Event<'server-down'>) => string> = {
  exited: (event) => `The server ${ended(event)} after ${sayMs(event.livedMs)}.`,
  'stopped-talking': ({ error, livedMs }) =>
    `The server ${error ?? 'closed its stdin or stdout'} after ${sayMs(livedMs)} but runs on; it can answer nothing any more, and is ended.`,
  unanswered: ({ livedMs }) => `The server did not answer initialize within ${sayMs(livedMs)} and was ended.`,
};

const TRY_ALONE = 'Try it alone in a terminal; is it an MCP server that speaks over stdio?';

/** What to do when nothing is recognised. */
const ALONE: Record<Gone, string> = {
  exited: TRY_ALONE,
  'stopped-talking':
    'An MCP server over stdio has to keep both open until its stdin ends; look for what closes them.',
  unanswered: TRY_ALONE,
};

function failedCalls(count: number): string {
  return `${sayCount(count, 'running call was', 'running calls were')} answered with an error`;
}

/** `The server refused initialize: "Unsupported protocol version" (-32602). …` */
function sayRefused({ code, message }: Event<'server-refused'>): string {
  const words = message.trim() === '' ? ' without a reason' : `: "${excerpt(message)}"`;
  const number = code === undefined ? '' : ` (${code})`;
  return `The server refused initialize${words}${number}. The endpoint gets the same answer and can use none of its tools; look for a newer version of the server, or one for the endpoint's MCP revision.`;
}

/** A server without a name was not greeted: it runs, and whether it answers will be seen. */
function sayReady({ name, again, tookMs, pid }: Event<'server-ready'>): string {
  const process = pid === undefined ? '' : `, pid ${pid}`;
  const more = again ? ' again' : '';
  if (!name) return `The server runs${more}${process}${process && ','} after ${sayMs(tookMs)}.`;
  return `The server (${excerpt(name, 80)}) is ready${more} after ${sayMs(tookMs)}${process}.`;
}

/** `The server has not answered initialize for 10 s …` */
export function saySlowServer({ waitedMs, timeoutMs, stderrTail }: Event<'server-slow'>): string {
  const advice =
    hintFor({ stderrTail }) ?? 'The first start with npx or uvx downloads packages, which takes a while.';
  return [
    `The server has not answered initialize for ${sayMs(waitedMs)}; it is given up after ${sayMs(timeoutMs)}.`,
    advice,
    ...sayTail(stderrTail),
  ].join(' ');
}

/** What may be kept out of the log when it comes in floods: one of it, and many. */
const KINDS: Partial<Record<StatusEvent['type'], readonly [one: string, many: string]>> = {
  'server-stderr': ['stderr line', 'stderr lines'],
  noise: ['message that is not JSON-RPC', 'messages that are not JSON-RPC'],
  'oversize-message': ['message that is too big', 'messages that are too big'],
  'queue-full': ['report of a full queue', 'reports of a full queue'],
};

/** `1,234 stderr lines of calculator were left out of the log` */
export function sayLeftOut(kind: StatusEvent['type'], link: string, count: number): string {
  const [one, many] = KINDS[kind] ?? ['line', 'lines'];
  return `${sayCount(count, one, many)} of ${link} ${count === 1 ? 'was' : 'were'} left out of the log`;
}

export interface SayContext {
  /** The endpoint as it may be shown; undefined until it was dialled. */
  endpoint?: string | undefined;
  /** Whether to add advice that need not be read twice. */
  advise?: boolean;
}

/** Any Status as one line for people. */
export function say(event: StatusEvent, { endpoint, advise = false }: SayContext = {}): string {
  switch (event.type) {
    case 'link-state':
      return `${event.from} -> ${event.to}`;
    case 'server-starting':
      return event.attempt > 1
        ? `Starting the server again (attempt ${event.attempt}).`
        : 'Starting the server.';
    case 'server-ready':
      return sayReady(event);
    case 'server-refused':
      return sayRefused(event);
    case 'server-slow':
      return saySlowServer(event);
    case 'server-down':
      return sayServerDown(event);
    case 'server-replaced':
      return `A fresh server is started: ${REPLACED[event.why]}.`;
    case 'server-stderr':
      return `stderr: ${excerpt(event.line, STDERR_LENGTH)}`;
    case 'dialing':
      return `Connecting to ${event.endpoint}${event.attempt > 1 ? ` (attempt ${event.attempt})` : ''}.`;
    case 'open':
      return `Connected${endpoint ? ` to ${endpoint}` : ''} in ${sayMs(event.tookMs)}.`;
    case 'greeted':
      return `Working: the endpoint${event.client ? ` (${excerpt(event.client, 80)})` : ''} got its answer to initialize after ${sayMs(event.afterMs)} (MCP ${excerpt(event.protocolVersion, 40)}).`;
    case 'down':
      return sayDown(event.diagnosis, { ...event, endpoint });
    case 'noise': {
      const [what, advice] =
        event.from === 'server'
          ? [
              'a line on stdout',
              ' An MCP server may write nothing but JSON-RPC to stdout; its own messages belong on stderr.',
            ]
          : ['a message of the endpoint', ''];
      return `Left out ${what} that is not JSON-RPC (${event.why}, ${sayBytes(event.bytes)}): "${excerpt(event.excerpt)}".${advise ? advice : ''}`;
    }
    case 'reply-fenced':
      return `Left out a late answer that belongs to an earlier connection (${event.total} so far).`;
    case 'oversize-message':
      return `Left out a message of the ${event.from}: ${sayBytes(event.bytes)}, more than the ${sayBytes(event.maxBytes)} that "maxFrameBytes" allows. Whoever waits for an answer gets an error.`;
    case 'queue-full':
      return `The queue "${event.queue}" is full (${sayBytes(event.bound)}): new calls are refused until there is room.`;
    case 'deaf':
      return `The endpoint has said nothing for ${sayMs(event.silentMs)}; so far ${sayMs(event.usualMs)} was the longest. The connection is renewed once.`;
    case 'draining':
      return event.pending > 0
        ? `Stopping: ${sayCount(event.pending, 'running call')} may finish within ${sayMs(event.timeoutMs)}.`
        : 'Stopping.';
    case 'drained':
      return event.abandoned > 0
        ? `${sayCount(event.abandoned, 'call')} did not finish in time.`
        : 'No call is running any more.';
  }
}

const REPLACED: Record<Event<'server-replaced'>['why'], string> = {
  'handshake-differs': 'the endpoint initialises with another version or other abilities than last time',
  'modern-downstream': 'the endpoint speaks the MCP revision without initialize',
  'legacy-downstream': 'the endpoint speaks an MCP revision with initialize',
  passthrough: 'the next connection gets a server of its own ("handshake": "passthrough")',
};

function ended({ exitCode, signal }: Event<'server-down'>): string {
  if (signal !== undefined) return `was ended by signal ${signal}`;
  return exitCode === undefined ? 'ended' : `ended with exit code ${exitCode}`;
}
