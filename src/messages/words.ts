import type { Diagnosis } from '../protocol/diagnosis.js';
import { caseOf } from './cause-case.js';
import { hintFor } from './hints.js';
import { excerpt } from './human.js';
import { type Lang, messagesFor } from './index.js';

/** A diagnosis in words: what happened, as a clause without a full stop, and what to do, in whole sentences. */
export function formatCause(diagnosis: Diagnosis, lang: Lang): { what: string; next: string } {
  const { causes } = messagesFor(lang);
  const { siblings, proxy } = diagnosis;
  const { what, next } = causes[caseOf(diagnosis)];
  const facts = { close: formatClose(diagnosis, lang), siblings, proxy: proxy?.host ?? '' };
  return { what: what({ ...facts, ...refusalFacts(diagnosis) }), next };
}

/** What was answered with an error, and `"upstream unreachable" (-32000)`. */
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
  isNews: IsNews = () => true,
): string {
  const { link } = messagesFor(lang);
  const { what, next } = formatCause(diagnosis, lang);
  const { openForMs, cause } = diagnosis;
  const { endpoint, pending, attempt, nextDialMs: ms } = more;
  // The cause as documentation and JSON call it.
  const sentences = [`${link.happened({ openForMs, endpoint })}: ${what} [${cause}].`];
  if (pending > 0) sentences.push(link.lostCalls({ pending }));
  sentences.push(...[next].filter(isNews));
  // Only here is the server to blame, so only here are its words of interest.
  const isServers = cause === 'initialize-unanswered' || cause === 'initialize-refused';
  const { stderrTail } = isServers ? more : { stderrTail: [] };
  sentences.push(...orNothing(hintFor({ stderrTail }, lang)).filter(isNews), link.again({ attempt, ms }));
  return [...sentences, ...formatTail(stderrTail, lang).filter(isNews)].join(' ');
}

/** Whether advice has not been said lately: what is no news need not be read twice. */
export type IsNews = (text: string) => boolean;

/** A line that names an error, in the words of Node and Python: `TypeError: …`, `mcp.McpError: …`. */
const ERROR_LINE = /^\S{0,100}(?:Error|Exception)\b.*:/;
/** How a crash ends, whatever it was: the stack, braces and carets, details of the error object, the Node.js version. */
const RUBBLE = /^(?:\s+at .*|[\s{}()[\]^~,;]*|node:internal.*|Node\.js v.*|\s+(?:code|requireStack): .*)$/;

/** What the server said last: the error that ended it and what belongs to it, else the last three lines that mean something. */
export function formatTail(stderrTail: readonly string[], lang: Lang): string[] {
  // Patterns stay cheap on a tail of long lines.
  const lines = stderrTail.filter((line) => !RUBBLE.test(line.slice(0, 2_000)));
  const named = lines.findLastIndex((line) => ERROR_LINE.test(line.slice(0, 2_000)));
  const last = named < 0 ? lines.slice(-3) : lines.slice(named, named + 3);
  if (last.length === 0) return [];
  return [
    messagesFor(lang).server.lastWords({ lines: last.map((line) => excerpt(line.trim())).join(' | ') }),
  ];
}

/** Other people's words as a sentence of ours. */
export function sentence(text: string): string {
  return /[.?!…]$/.test(text) ? text : `${text}.`;
}

export function orNothing(sentence: string | undefined): string[] {
  return sentence === undefined ? [] : [sentence];
}
