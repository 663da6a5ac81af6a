import type { Diagnosis } from '../protocol/diagnosis.js';
import { caseOf } from './cause-case.js';
import { hintFor } from './hints.js';
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
  const { link } = messagesFor(lang);
  const { what, next } = formatCause(diagnosis, lang);
  const { openForMs, cause } = diagnosis;
  const { endpoint, pending, attempt, nextDialMs: ms } = more;
  // The cause under its name in the documentation and in JSON.
  const sentences = [`${link.happened({ openForMs, endpoint })}: ${what} [${cause}].`];
  if (pending > 0) sentences.push(link.lostCalls({ pending }));
  sentences.push(...[next].filter(isDue));
  // Only these causes are the server's fault, so only they show its stderr.
  const isServers = cause === 'initialize-unanswered' || cause === 'initialize-refused';
  const { stderrTail } = isServers ? more : { stderrTail: [] };
  sentences.push(...orNothing(hintFor({ stderrTail }, lang)).filter(isDue), link.again({ attempt, ms }));
  return [...sentences, ...formatTail(stderrTail, lang).filter(isDue)].join(' ');
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
  // Lines are cut so that patterns stay fast.
  const lines = stderrTail.filter((line) => !STACK_LINE.test(line.slice(0, 2_000)));
  const named = lines.findLastIndex((line) => ERROR_LINE.test(line.slice(0, 2_000)));
  const last = named < 0 ? lines.slice(-3) : lines.slice(named, named + 3);
  if (last.length === 0) return [];
  const { lastWords } = messagesFor(lang).serverKinds[kind];
  return [lastWords({ lines: last.map((line) => excerpt(line.trim())).join(' | ') })];
}

/** Turns a foreign text into a sentence. */
export function sentence(text: string): string {
  return /[.?!…]$/.test(text) ? text : `${text}.`;
}

export function orNothing(sentence: string | undefined): string[] {
  return sentence === undefined ? [] : [sentence];
}
