import type { Diagnosis } from '../protocol/diagnosis.js';
import { type Advised, textOf } from './advice.js';
import { caseOf } from './cause-case.js';
import { adviceFor } from './hints.js';
import { excerpt } from './human.js';
import { type Lang, type Messages, messagesFor } from './index.js';

/** A diagnosis in words: what happened, as a clause without a full stop; what to do, in whole sentences. */
export function formatCause(diagnosis: Diagnosis, lang: Lang): { what: string; next: string } {
  const { causes } = messagesFor(lang);
  const { siblings, proxy } = diagnosis;
  const { what, next } = causes[caseOf(diagnosis)];
  const facts = { close: formatClose(diagnosis, lang), siblings, proxy: proxy?.host ?? '' };
  return { what: what({ ...facts, ...refusalFacts(diagnosis) }), next };
}

/** The method that was answered with an error, and the error: `"upstream unreachable" (-32000)`. */
function refusalFacts({ refusal }: Diagnosis): { method: string; error: string } {
  if (!refusal) return { method: '', error: '' };
  const { method, code, message } = refusal;
  const said = message.trim() === '' ? [] : [`"${excerpt(message)}"`];
  return {
    method: excerpt(method, 80),
    error: [...said, ...(code === undefined ? [] : [`(${code})`])].join(' '),
  };
}

/** `(4004 "Internal server error")`, `(HTTP 403)`, `(ECONNREFUSED)`. */
export function formatClose({ code, reason, openForMs }: Diagnosis, lang: Lang): string {
  const noCode = messagesFor(lang).link.noCode();
  const number = code === undefined ? '' : openForMs === undefined ? `HTTP ${code}` : String(code);
  const said = excerpt(reason, 120);
  if (number === '') return said === '' ? noCode : `(${said})`;
  return said === '' ? `(${number})` : `(${number} "${said}")`;
}

/** `Disconnected after 3 min: … (4004 "…") [token-limit]. What to do. Next try in 4 s.` */
export function formatDown(
  diagnosis: Diagnosis,
  more: {
    nextDialMs: number;
    attempt: number;
    pending: number;
    stderrTail: readonly string[];
    endpoint?: string | undefined;
  },
  lang: Lang,
  isDue: IsDue = () => true,
): string {
  // The cause under its name in the documentation and in JSON.
  return joined(partsOfDown(diagnosis, more, lang, ` [${diagnosis.cause}]`), isDue, (lines) =>
    formatTail(lines, lang),
  );
}

/** The facts of the end of a connection that its words use. */
type DownMore = Parameters<typeof formatDown>[1];

/** The same, part by part. @param mark Stands behind what happened, before the full stop. */
export function partsOfDown(diagnosis: Diagnosis, more: DownMore, lang: Lang, mark = ''): FailureParts {
  const { link } = messagesFor(lang);
  const { what, next } = formatCause(diagnosis, lang);
  const { openForMs, cause } = diagnosis;
  const { endpoint, pending, attempt, nextDialMs: ms } = more;
  // Only these causes are the server's fault, so only they show its stderr.
  const isServers = cause === 'initialize-unanswered' || cause === 'initialize-refused';
  const { stderrTail } = isServers ? more : { stderrTail: [] };
  return {
    what: [
      `${link.happened({ openForMs, endpoint })}: ${what}${mark}.`,
      ...(pending > 0 ? [link.lostCalls({ pending })] : []),
    ],
    next: [next, ...orNothing(adviceFor({ stderrTail }, lang))],
    again: [link.again({ attempt, ms })],
    inARow: attempt < 3 ? undefined : link.inARow({ attempt }),
    stderrTail,
  };
}

/** What is told of a failure, part by part; the log joins the parts. */
export interface FailureParts {
  /** What happened, in whole sentences. */
  what: readonly string[];
  /** What to do. */
  next: readonly Advised[];
  /** When it is tried again. */
  again: readonly string[];
  /** How often it has failed in a row, for those who see the time of the next try elsewhere: it is a part of `again`. */
  inARow?: string | undefined;
  /** The last lines of the server's stderr, as it wrote them. */
  stderrTail: readonly string[];
}

/** The parts as one text. @param tailOf words the last lines */
export function joined(
  { what, next, again, stderrTail }: FailureParts,
  isDue: IsDue,
  tailOf: (lines: readonly string[]) => string[],
): string {
  const advice = next.map(textOf).filter(isDue);
  return [...what, ...advice, ...again, ...tailOf(stderrTail).filter(isDue)].join(' ');
}

/** Whether a text was not shown lately; a text that was shown need not be read twice. */
export type IsDue = (text: string) => boolean;

/** A line that names an error, in the form of Node or Python: `TypeError: …`, `mcp.McpError: …`. */
const ERROR_LINE = /^\S{0,100}(?:Error|Exception)\b.*:/;
/** Lines at the end of every crash: the stack, braces and carets, details of the error object, the Node.js version. */
const STACK_LINE =
  /^(?:\s+at .*|[\s{}()[\]^~,;]*|node:internal.*|Node\.js v.*|\s+(?:code|requireStack): .*)$/;

/** The end of the server's stderr: the error that ended it with its details, else the last three lines with a meaning. */
export function formatTail(
  stderrTail: readonly string[],
  lang: Lang,
  kind: keyof Messages['serverKinds'] = 'stdio',
): string[] {
  const last = lastLines(stderrTail);
  if (last.length === 0) return [];
  const { lastWords } = messagesFor(lang).serverKinds[kind];
  return [lastWords({ lines: last.join(' | ') })];
}

/** These lines, each printable and cut. */
export function lastLines(stderrTail: readonly string[]): string[] {
  // Lines are cut so that patterns stay fast.
  const lines = stderrTail.filter((line) => !STACK_LINE.test(line.slice(0, 2_000)));
  const named = lines.findLastIndex((line) => ERROR_LINE.test(line.slice(0, 2_000)));
  const last = named < 0 ? lines.slice(-3) : lines.slice(named, named + 3);
  return last.map((line) => excerpt(line.trim()));
}

/** Turns a foreign text into a sentence. */
export function sentence(text: string): string {
  return /[.?!…]$/.test(text) ? text : `${text}.`;
}

export function orNothing<Said>(said: Said | undefined): Said[] {
  return said === undefined ? [] : [said];
}

/** A name that a server or an endpoint chose, cut short. */
export const short = (name: string) => excerpt(name, 80);

/** Method and name are foreign text. */
export function called<Of extends { method: string; name: string | undefined }>(of: Of): Of {
  return { ...of, method: short(of.method), name: of.name && short(of.name) };
}
