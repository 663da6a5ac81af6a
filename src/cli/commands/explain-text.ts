import { texts } from '../../messages/commands/explain.js';
import { escapeControls, escapeText, excerpt, formatBytes, formatClock } from '../../messages/human.js';
import { type Lang, messagesFor } from '../../messages/index.js';
import { formatEvent } from '../../messages/status-words.js';
import { type BoxCalls, callsOf, diagnosesOf, endOf, statusOf } from '../../observe/black-box-diagnosis.js';
import {
  type BlackBoxFile,
  type BlackBoxRecord,
  type EventLine,
  type FrameLine,
  isFrameLine,
} from '../../observe/black-box-file.js';
import { wrapWords } from '../../observe/display-width.js';

export interface BoxTextOptions {
  lang: Lang;
  /** Width of the terminal; undefined: lines are not broken. */
  columns: number | undefined;
}

/** A pause of this length has a line of its own, in milliseconds. */
const PAUSE_MS = 2_000;
/** A reply that took longer is worth a sentence, in milliseconds. */
const SLOW_MS = 1_000;
/** The endpoint sends pings less often than this, in milliseconds, so a shorter silence says nothing. */
const SILENT_MS = 20_000;
/** Calls and places that are listed. */
const MOST = 5;
/** More messages of `ping` in a row than these are one line. */
const FEW_PINGS = 4;
/** Characters that are shown of foreign texts. */
const MAX_NAME = 60;
const MAX_ID = 24;

/** A black box as text: where it comes from, the timeline, and the diagnosis. Foreign text in it is escaped. */
export function formatBox(box: BlackBoxFile, file: string, options: BoxTextOptions): string {
  const words = texts[options.lang];
  const { mcpPipe, pid, why, unwritten } = box;
  const at = formatClock(box.at);
  const because = Object.hasOwn(words.why, why) ? words.why[why] : excerpt(why, MAX_NAME);
  const link = shortened(box.link, MAX_NAME);
  const wrap = (text: string, indent = '') => wrapped(text, options.columns, indent.length, indent);
  const head = [
    words.title({ link }),
    wrap(`${words.written({ at, mcpPipe: shortened(mcpPipe, MAX_ID), pid })}, ${because}`),
    escapeControls(file),
    ...(unwritten > 0 ? [wrap(words.unwritten({ count: unwritten }))] : []),
  ];
  const { records } = box;
  const timeline =
    records.length === 0 ? [words.empty] : [wrap(words.times), '', ...timelineOf(box, options)];
  const told = diagnosisLines(box, options.lang);
  const diagnosis = [`${words.diagnosis}:`, ...told.map((line) => `  ${wrap(line, '  ')}`)];
  // Anyone may have written the file.
  return `${[...head, '', ...timeline, '', ...diagnosis].map(escapeText).join('\n')}\n`;
}

/** Lines of the timeline: time, direction, what. */
function timelineOf(box: BlackBoxFile, { lang, columns }: BoxTextOptions): string[] {
  const words = texts[lang];
  const end = endOf(box.records);
  const rows = withoutPings(box.records).map(({ at, record, pings }) => {
    if (!record) return { at, sign: '··', text: words.pings({ count: pings }) };
    return isFrameLine(record)
      ? { at, sign: record.to === 'server' ? '->' : '<-', text: frameText(record, lang) }
      : { at, sign: '--', text: eventText(record, box.link, lang) };
  });
  const clocks = rows.map(({ at }) => clockBefore(Math.max(0, end - at)));
  const width = clocks.reduce((most, { length }) => Math.max(most, length), 0);
  const indent = ' '.repeat(width + 4);
  return rows.flatMap(({ at, sign, text }, position) => {
    const pauseMs = position === 0 ? 0 : at - rows[position - 1]!.at;
    const line = `${clocks[position]!.padStart(width)} ${sign} ${wrapped(text, columns, indent.length, indent)}`;
    return pauseMs < PAUSE_MS ? [line] : [`${indent}${words.passes({ ms: pauseMs })}`, line];
  });
}

/** A row of the timeline; without a record, it stands for further messages of `ping`. */
interface TimelineRow {
  at: number;
  record: BlackBoxRecord | undefined;
  pings: number;
}

/** Many messages of `ping` in a row become one row. */
function withoutPings(records: readonly BlackBoxRecord[]): TimelineRow[] {
  const rows: TimelineRow[] = [];
  const add = (record: BlackBoxRecord) => rows.push({ at: record.at, record, pings: 0 });
  const isPing = (record: BlackBoxRecord | undefined) =>
    record !== undefined && isFrameLine(record) && record.method === 'ping' && record.kind !== 'error';
  for (let k = 0; k < records.length; ) {
    let to = k;
    while (isPing(records[to])) to += 1;
    if (to - k <= FEW_PINGS) {
      add(records[k++]!);
      continue;
    }
    for (const record of records.slice(k, k + 2)) add(record);
    rows.push({ at: records[to - 1]!.at, record: undefined, pings: to - k - 2 });
    k = to;
  }
  return rows;
}

/** `-1:05.250`: minutes and seconds before the end, hours where there are any. */
function clockBefore(ms: number): string {
  const seconds = Math.floor(ms / 1_000);
  const two = (value: number) => String(value).padStart(2, '0');
  const hours = Math.floor(seconds / 3_600);
  const minutes = Math.floor(seconds / 60) % 60;
  const rest = `${two(seconds % 60)}.${String(Math.floor(ms % 1_000)).padStart(3, '0')}`;
  return `-${hours > 0 ? `${hours}:${two(minutes)}` : minutes}:${rest}`;
}

/** `tools/call "add"  id 7  60 B  after 4 ms` */
function frameText(frame: FrameLine, lang: Lang): string {
  const words = texts[lang];
  const { kind, method, id, bytes, tookMs, code } = frame;
  const call = method === undefined ? (kind === 'notification' ? '?' : words.reply) : callOf(frame);
  const parts = [
    ...(kind === 'error' ? [words.error({ code })] : []),
    call,
    ...(id === undefined ? [] : [`id ${shortened(id, MAX_ID)}`]),
    formatBytes(bytes, messagesFor(lang).numbers),
    ...(tookMs === undefined ? [] : [words.after({ ms: tookMs })]),
  ];
  return parts.join('  ');
}

function callOf({ method = '?', name }: { method?: string; name?: string | undefined }): string {
  const known = shortened(method, MAX_NAME);
  return name === undefined ? known : `${known} "${shortened(name, MAX_NAME)}"`;
}

function eventText(line: EventLine, link: string, lang: Lang): string {
  const words = texts[lang];
  const { event, times, server } = line;
  const status = statusOf(line, link);
  const whose = server === undefined ? '' : `${shortened(String(server), MAX_NAME)}: `;
  let text: string;
  try {
    if (status.type === 'link-state') text = `link: ${status.from} -> ${status.to}`;
    else if (status.type === 'server-state') text = `server: ${status.from} -> ${status.to}`;
    // Advice stands below the timeline.
    else text = formatEvent(status, { lang, isDue: () => false });
  } catch {
    // Another version of mcp-pipe has written it.
    text = event;
  }
  if (text === undefined || /undefined|NaN|\[object /.test(text)) text = event;
  const repeated = typeof times === 'number' && times > 1 ? ` ${words.repeated({ count: times })}` : '';
  return escapeControls(`${whose}${text}${repeated}`);
}

function diagnosisLines(box: BlackBoxFile, lang: Lang): string[] {
  const words = texts[lang];
  const { exception } = box;
  const told = diagnosesOf(box, lang).flatMap(({ about, server, cause, what, next }) => {
    const whose =
      about === 'connection' ? words.connection : `server ${shortened(server ?? box.link, MAX_NAME)}`;
    return about === 'connection'
      ? [`${whose}: ${what} [${cause}].`, ...(next === undefined ? [] : [`${words.next}: ${next}`])]
      : [`${whose}: ${what} [${cause}]`];
  });
  const failed = exception
    ? [
        words.exception({ name: shortened(exception.name, MAX_NAME) }),
        ...exception.stack.slice(0, MOST).map((place) => `  ${excerpt(place, 200)}`),
        messagesFor(lang).failures.report,
      ]
    : [];
  const lines = [...failed, ...told, ...callLines(callsOf(box), lang)];
  return lines.length > 0 ? lines : [words.good];
}

function callLines({ unanswered, errors, answers, slowest, silentMs }: BoxCalls, lang: Lang): string[] {
  const words = texts[lang];
  const waited = unanswered
    .slice(0, MOST)
    .map((call) => words.waited({ call: callOf(call), id: shortened(call.id, MAX_ID), ms: call.waitedMs }));
  const codes = errors.slice(0, MOST).map(({ code, count }) => `${count} × ${words.error({ code })}`);
  const { tookMs = 0 } = slowest ?? {};
  return [
    ...(waited.length > 0
      ? [words.unanswered({ calls: waited, more: unanswered.length - waited.length })]
      : []),
    ...(codes.length > 0 ? [words.errors({ answers, errors: codes })] : []),
    ...(slowest && tookMs >= SLOW_MS ? [words.slowest({ call: callOf(slowest), ms: tookMs })] : []),
    ...(silentMs !== undefined && silentMs >= SILENT_MS ? [words.silent({ ms: silentMs })] : []),
  ];
}

function wrapped(text: string, columns: number | undefined, taken: number, indent: string): string {
  return columns === undefined ? text : wrapWords(text, columns, taken, indent);
}

function shortened(text: string, length: number): string {
  return excerpt(text, length);
}
