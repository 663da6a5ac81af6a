/** docs/messages.md and docs/vi/messages.md: every message with its code. `npm run schema` writes them. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ExitCode } from '../src/cli/exit-codes.js';
import { type Advised, textOf } from '../src/messages/advice.js';
import type { CauseCase } from '../src/messages/cause-case.js';
import { type DocumentedCode, type LogEvent, SYSTEM_CODES } from '../src/messages/code-names.js';
import { FINDING_CODES, type FindingId } from '../src/messages/codes.js';
import { type DoctorId, wordDoctor } from '../src/messages/doctor-words.js';
import { LANGS, type Lang, messagesFor } from '../src/messages/index.js';
import { messageReference, referenceWords } from '../src/messages/reference.js';
import { RPC_CODES } from '../src/messages/rpc-code-names.js';
import { rpcCodeWords } from '../src/messages/rpc-codes.js';
import { formatServerDown } from '../src/messages/server-down-words.js';
import { formatEvent } from '../src/messages/status-words.js';
import type { ErrorId } from '../src/messages/worded.js';
import { levelOf } from '../src/observe/event-level.js';
import type { Cause } from '../src/protocol/diagnosis.js';
import type { ServerCause, ServerEnd } from '../src/protocol/server-end.js';
import { DOCTOR_SAMPLES } from '../test/unit/messages/doctor-samples.js';
import { ERROR_SAMPLES } from '../test/unit/messages/error-samples.js';
import { everyEvent, serverDown } from '../test/unit/messages/events.js';
import { FINDING_SAMPLES } from '../test/unit/messages/finding-samples.js';

/** The page of each language. */
export const messagesFiles: Readonly<Record<Lang, string>> = {
  en: fileURLToPath(new URL('../docs/messages.md', import.meta.url)),
  vi: fileURLToPath(new URL('../docs/vi/messages.md', import.meta.url)),
};

/** The codes of errors whose words stand in the table of usage errors; the others are thrown as USAGE. */
export const CODE_OF_ERROR: Partial<Record<ErrorId, DocumentedCode>> = {
  'no-common-version': 'SERVER_FAILED',
  'refused-initialize': 'SERVER_FAILED',
  'too-late': 'SERVER_TIMEOUT',
  'token-in-use': 'TOKEN_IN_USE',
  'token-use-unknown': 'TOKEN_IN_USE',
  'daemon-not-running': 'DAEMON_NOT_RUNNING',
  'daemon-silent': 'DAEMON_SILENT',
  'runs-already': 'STARTED_ALREADY',
  'take-over-too-old': 'TAKE_OVER_TOO_OLD',
  'take-over-protocol': 'TAKE_OVER_REFUSED',
  'take-over-refused': 'TAKE_OVER_REFUSED',
  'take-over-busy': 'TAKE_OVER_REFUSED',
  'take-over-stopping': 'TAKE_OVER_REFUSED',
  'take-over-container': 'TAKE_OVER_REFUSED',
  'take-over-partial': 'TAKE_OVER_REFUSED',
  'take-over-other-user': 'TAKE_OVER_REFUSED',
  'take-over-servers': 'TAKE_OVER_FAILED',
  'take-over-redis': 'TAKE_OVER_FAILED',
  'take-over-links': 'TAKE_OVER_FAILED',
  'take-over-late': 'TAKE_OVER_FAILED',
  'take-over-ended': 'TAKE_OVER_FAILED',
  'daemon-gone': 'DAEMON_GONE',
  'daemon-refuses': 'DAEMON_SILENT',
  'control-taken': 'CONTROL_TAKEN',
  'control-not-ours': 'CONTROL_UNAVAILABLE',
  'control-refused': 'CONTROL_UNAVAILABLE',
  'cannot-listen': 'LISTEN_FAILED',
  'tls-files': 'TLS_FILES',
};

/** Parameters of messages that have no samples of their own: each takes what it needs. */
const COMMON: Readonly<Record<string, unknown>> = {
  ...{ name: 'NAME', file: '/FILE', folder: '/FOLDER', envFile: '/ENV', path: '/PATH', top: 'TOP' },
  ...{ timeoutMs: 60_000, mode: 'pipe', max: 4, least: 1, most: 4, bytes: 411, count: 2, code: 'EACCES' },
  ...{ program: 'uvx', from: { name: 'uv', url: 'https://docs.astral.sh/uv/' }, wanted: '>=3.10' },
  ...{
    message: 'MESSAGE',
    server: 'SERVER',
    exists: true,
    why: undefined,
    known: ['ONE', 'TWO'],
    word: 'WORD',
  },
};

/** An end of a server for each cause. */
const ENDS: Readonly<Record<ServerCause, ServerEnd>> = {
  exited: { kind: 'process', exitCode: 1 },
  'not-started': {
    kind: 'not-started',
    reason: 'ENOENT',
    said: { id: 'no-file', params: { name: 'NAME', path: '/PATH' } },
  },
  'pipe-closed': { kind: 'pipe-closed', what: undefined },
  unanswered: { kind: 'unanswered' },
  hung: { kind: 'hung' },
  'over-memory': {
    kind: 'over-limit',
    of: 'memory',
    limit: 300 * 1024 ** 2,
    used: 352 * 1024 ** 2,
    times: 1,
  },
  'over-cpu': { kind: 'over-limit', of: 'cpu', limit: 50, used: 98, times: 1 },
  'over-pids': { kind: 'over-limit', of: 'pids', limit: 64, used: 70, times: 1 },
  unreachable: { kind: 'unreachable', reason: 'ECONNREFUSED' },
  'session-lost': { kind: 'session-lost' },
  unauthorized: { kind: 'unauthorized' },
  'not-mcp': { kind: 'not-mcp', status: 200, what: 'page' },
  cut: { kind: 'cut', reason: 'ECONNRESET' },
  'http-busy': { kind: 'http', status: 503 },
  'http-error': { kind: 'http', status: 404 },
};

/** What an end of a connection tells, beside its code and reason. */
const CAUSE_FACTS = {
  siblings: 2,
  proxy: 'PROXY:3128',
  method: 'tools/list',
  error: '"out of memory" (-32000)',
};
/** The code and reason with which the causes come, for instance. */
const CLOSES: Readonly<Record<Cause, string>> = {
  ...{ 'initialize-unanswered': '4004', 'initialize-refused': '4004', 'token-limit': '4004' },
  ...{ 'endpoint-error': '4004 "Internal server error"', 'token-rejected': '1008', replaced: '1000' },
  ...{ 'closed-by-endpoint': '1000', 'endpoint-restarting': '1001', 'connection-lost': '1006' },
  ...{ 'message-too-big': '1009', 'endpoint-failed': '1011', 'protocol-violation': '1002' },
  ...{ 'endpoint-violation': '1002', 'keepalive-lost': '1006', deaf: '1006', 'never-asked': '1006' },
  ...{ refused: 'ECONNREFUSED', dns: 'ENOTFOUND', tls: 'CERT_HAS_EXPIRED', timeout: 'ETIMEDOUT' },
  ...{ unreachable: 'EHOSTUNREACH', 'http-unauthorized': 'HTTP 401', 'http-forbidden': 'HTTP 403' },
  ...{ 'http-not-found': 'HTTP 404', 'http-rate-limited': 'HTTP 429', 'http-server-error': 'HTTP 503' },
  ...{ 'http-unexpected': 'HTTP 418', 'proxy-auth': 'HTTP 407', 'proxy-refused': 'HTTP 403' },
  ...{
    'proxy-cannot-reach': 'HTTP 502',
    'proxy-unreachable': 'ECONNREFUSED',
    'proxy-invalid': 'HPE_INVALID',
  },
  unknown: '4999',
};

/** What is on one page in one language. @throws Error for a message that its samples do not fill. */
export function messagesPage(lang: Lang): string {
  const words = referenceWords(lang);
  const { page } = words;
  const back = lang === 'en' ? '[Tiếng Việt](vi/messages.md)' : '[English](../messages.md)';
  const sections: readonly [heading: string, about: string, body: string[]][] = [
    [page.findings, page.findingsAbout, findings(lang)],
    [page.errors, page.errorsAbout, errors(lang)],
    [page.system, page.systemAbout, system(lang)],
    [page.causes, page.causesAbout, causes(lang)],
    [page.serverCauses, page.serverCausesAbout, serverCauses(lang)],
    [page.hints, page.hintsAbout, hints(lang)],
    [page.doctor, page.doctorAbout, doctor(lang)],
    [page.alerts, page.alertsAbout, alerts(lang)],
    [page.rpc, page.rpcAbout, rpc(lang)],
    [page.events, page.eventsAbout, events(lang)],
    [page.exits, page.exitsAbout, exits(lang)],
  ];
  const inside = sections.map(([heading]) => `- [${heading}](#${anchorOf(heading)})`);
  const text = [
    `# ${page.title}`,
    `${page.about} ${back}`,
    `<!-- ${page.generated} -->`,
    inside.join('\n'),
    ...sections.flatMap(([heading, about, body]) => [`## ${heading}`, about, ...body]),
  ]
    .join('\n\n')
    // A clock would be that of whoever writes the page.
    .replace(/\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\b/g, '2026-11-26 14:03:27');
  const hole = /^.*(?:undefined|NaN|\[object ).*$/m.exec(text);
  if (hole)
    throw new Error(`a sample of scripts/messages-page.ts or test/unit/messages is missing: ${hole[0]}`);
  return `${text}\n`;
}

function findings(lang: Lang): string[] {
  const { findings: table, formatFinding } = messagesFor(lang);
  const byCode = groupBy(Object.keys(FINDING_CODES) as FindingId[], (id) => FINDING_CODES[id]);
  return [...byCode]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([code, ids]) =>
      entry(
        code,
        ids.map((id) => {
          const say = table[id] as (params: unknown) => Parameters<typeof formatFinding>[0];
          return formatFinding(say(FINDING_SAMPLES[id][0] ?? {}));
        }),
      ),
    );
}

/** Codes under which many messages stand, each with an id. */
const HAVE_IDS: readonly DocumentedCode[] = ['USAGE', 'LAUNCH_FAILED', 'ALERT_REJECTED', 'ALERT_UNDELIVERED'];

function errors(lang: Lang): string[] {
  const { page, errorCodes } = referenceWords(lang);
  const { errors: table, launch } = messagesFor(lang);
  const said = (path: string, one: unknown) => {
    const say = one as (params: unknown) => { what: string; next: string };
    const { what, next } = say({ ...COMMON, ...ERROR_SAMPLES[path] });
    return `${what} ${next}`;
  };
  const byCode = groupBy(Object.keys(table) as ErrorId[], (id) => CODE_OF_ERROR[id] ?? 'USAGE');
  const ownMessages = (code: DocumentedCode): (readonly [id: string, text: string])[] => {
    if (code === 'LAUNCH_FAILED')
      return Object.entries(launch).map(([id, one]) => [id, said(`launch.${id}`, one)]);
    if (code === 'ALERT_REJECTED') return undelivered('refusals', lang);
    if (code === 'ALERT_UNDELIVERED') return undelivered('failures', lang);
    return (byCode.get(code) ?? []).map((id) => [id, said(`errors.${id}`, table[id])]);
  };
  return (Object.keys(errorCodes) as DocumentedCode[]).map((code) => {
    const { means, next } = messageReference(code, lang)!;
    const own = ownMessages(code);
    const isOne = !HAVE_IDS.includes(code);
    return entry(
      code,
      own.map(([id, text]) => (isOne ? text! : `${anchor(`${dashed(code)}-${id}`)}\`${id}\`: ${text}`)),
      [
        `**${page.what}:** ${prose(means)}  \n**${page.next}:** ${prose(next)}`,
        ...(code === 'USAGE' ? [page.wrongUsage] : []),
        ...(own.length > 0 ? [`${page.messages}:`] : []),
      ],
    );
  });
}

function system(lang: Lang): string[] {
  const { failures } = messagesFor(lang);
  const lines = SYSTEM_CODES.map(
    (code) => `- ${anchor(dashed(code))}\`${code}\`: ${prose(failures.system({ code }))}`,
  );
  return [lines.join('\n')];
}

function causes(lang: Lang): string[] {
  const { causes: table } = messagesFor(lang);
  const byCause = groupBy(Object.keys(table) as CauseCase[], (id) => id.split(':')[0]!);
  return [...byCause].map(([cause, ids]) =>
    entry(
      cause,
      ids.map((id) => {
        const what = table[id].what({ ...CAUSE_FACTS, close: `(${CLOSES[cause as Cause]})` });
        return `${what.charAt(0).toUpperCase()}${what.slice(1)}. ${table[id].next}`;
      }),
    ),
  );
}

function serverCauses(lang: Lang): string[] {
  return [
    ...(Object.keys(ENDS) as ServerCause[]).map((why) =>
      entry(why, [formatServerDown(serverDown({ why, end: ENDS[why] }), lang)]),
    ),
    remoteCauses(lang),
  ];
}

/** Statuses with which the cases of remote servers come, for instance. */
const STATUSES: Readonly<Record<string, number>> = {
  ...{ 'http-not-found': 404, 'http-not-found-home-assistant': 404, 'http-busy': 429, 'http-gateway': 502 },
  ...{ 'http-server-error': 500, 'http-other': 418, page: 200, redirect: 302 },
};

/** What remote servers are told apart by, beyond the cause. */
function remoteCauses(lang: Lang): string {
  const lines = Object.entries(messagesFor(lang).remoteCauses).map(([id, { what, next }]) => {
    const facts = {
      ...{ argument: 'NAME', address: 'https://example.com/path', host: 'example.com', livedMs: 300_000 },
      ...{ reason: '', status: STATUSES[id] ?? 0, retryAfterMs: undefined, detail: undefined },
    };
    return `- ${anchor(`remote-${id}`)}\`${id}\`: ${prose(what(facts))} ${prose(textOf(next(facts)))}`;
  });
  return lines.join('\n');
}

function hints(lang: Lang): string[] {
  const { hints: table } = messagesFor(lang);
  const lines = Object.entries(table).map(([id, one]) => {
    const say = one as (params: unknown) => Advised;
    const said = textOf(say({ ...COMMON, ...ERROR_SAMPLES[`hints.${id}`] }));
    return `- ${anchor(`hint-${id}`)}\`${id}\`: ${prose(said)}`;
  });
  return [lines.join('\n')];
}

/** Only lines that advise something; the others say that all is well. */
function doctor(lang: Lang): string[] {
  const ids = (Object.keys(DOCTOR_SAMPLES) as DoctorId[]).filter((id) => id !== 'finding');
  const lines = ids.flatMap((id) => {
    const { found, next } = wordDoctor({ id, params: DOCTOR_SAMPLES[id] }, lang);
    if (next === undefined) return [];
    return [`- ${anchor(`doctor-${id}`)}\`${id}\`: ${prose(`${sentence(found)} ${next}`)}`];
  });
  return [lines.join('\n')];
}

function alerts(lang: Lang): string[] {
  const { raised } = messagesFor(lang).notices;
  const lines = Object.entries(raised).map(
    ([kind, say]) => `- ${anchor(`alert-${kind}`)}\`${kind}\`: ${prose(say({ names: 'NAME', count: 1 }))}.`,
  );
  return [lines.join('\n')];
}

/** What keeps alerts from their channels: for good (`refusals`), or for now. */
function undelivered(of: 'refusals' | 'failures', lang: Lang): [id: string, text: string][] {
  const given = {
    ...{ channel: 'slack', status: 404, chatId: '-100411', said: 'Bad Request: …' },
    ...{ host: 'HOST', proxy: 'PROXY:3128', reason: 'ECONNREFUSED' },
  };
  const table: Record<string, unknown> = messagesFor(lang).notices[of];
  return Object.entries(table).map(([id, one]) => [id, (one as (params: unknown) => string)(given)]);
}

function rpc(lang: Lang): string[] {
  const { page } = referenceWords(lang);
  const codes = Object.values<number>(RPC_CODES).sort((a, b) => b - a);
  return codes.map((code) => {
    const { means, next } = rpcCodeWords(code, lang)!;
    return [
      `### ${anchor(`rpc${code}`)}${code}`,
      `**${page.what}:** ${prose(means)}  \n**${page.next}:** ${prose(next)}`,
    ].join('\n\n');
  });
}

function events(lang: Lang): string[] {
  const { page, logEvents } = referenceWords(lang);
  const lines = Object.entries(logEvents).map(([event, means]) => {
    const known = everyEvent[event as keyof typeof everyEvent];
    const level = known ? levelOf(known) : LEVELS[event as LogEvent];
    const said =
      known && known.type !== 'server-stderr' ? formatEvent(known, { lang, advise: true }) : undefined;
    const example = said === undefined ? '' : ` ${page.example}: ${prose(said)}`;
    return `- ${anchor(`event-${event}`)}\`${event}\` (${page.level} ${level}): ${means}${example && `${example}`}`;
  });
  return [lines.join('\n')];
}

/** Levels of the lines that are no Status. */
const LEVELS: Readonly<Record<LogEvent, string>> = {
  'not-started': 'error',
  'takeover-nothing': 'info',
  'takeover-began': 'info',
  'takeover-step': 'info',
  'takeover-alone': 'warn',
  'takeover-done': 'info',
  'handover-began': 'info',
  'handover-step': 'info',
  'handover-took-back': 'warn',
  'handover-done': 'info',
  'config-finding': 'error, warn',
  'config-reloading': 'info',
  'config-reloaded': 'info',
  'config-refused': 'error',
  'config-behind': 'info',
  paused: 'info',
  resumed: 'info',
  'call-waits': 'info',
  'left-out': 'warn',
  'log-dropped': 'warn',
  'log-file-recovered': 'info',
  'audit-recovered': 'info',
  'audit-later': 'info',
  'redis-connected': 'info',
  'redis-recovered': 'info',
  'black-box-written': 'info',
  'gateway-address': 'info',
  'ui-address': 'info',
  'metrics-address': 'info',
  'oauth-registered': 'info',
  'oauth-let-in': 'info',
  'oauth-wrong-key': 'warn',
  'ui-action': 'info',
  'rates-shared': 'info',
  'ui-counts-later': 'info',
  'keys-changed': 'info',
  attached: 'info, warn',
  detached: 'warn',
  update: 'info',
  call: 'info',
};

function exits(lang: Lang): string[] {
  // A code without words in src/messages/code-names.ts and code-words.ts does not compile.
  const exitCodes: Readonly<Record<keyof typeof ExitCode, string>> = referenceWords(lang).exitCodes;
  const rows = Object.entries(ExitCode).map(([name, code]) => {
    return `- ${anchor(`exit-${code}`)}**${code}**: ${exitCodes[name as keyof typeof exitCodes]}`;
  });
  return [rows.join('\n')];
}

/** A heading with its anchor, and what is said under that code. */
function entry(code: string, says: readonly string[], before: readonly string[] = []): string {
  const mark = dashed(code) === anchorOf(code) ? '' : anchor(dashed(code));
  const list = says.map((text) => `- ${text.startsWith('<a ') ? text : prose(text)}`).join('\n');
  return [`### ${mark}${code}`, ...before, ...(list === '' ? [] : [list])].join('\n\n');
}

function groupBy<Item, Key extends string>(
  items: readonly Item[],
  keyOf: (item: Item) => Key,
): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  return groups;
}

const sentence = (text: string) => (/[.!?…]$/.test(text) ? text : `${text}.`);
const anchor = (id: string) => `<a id="${id}"></a>`;
/** `CONFIG_TYPE` as people write it in an address: `config-type`. */
const dashed = (code: string) => code.toLowerCase().replaceAll('_', '-');
/** The anchor that GitHub makes of a heading. */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-');
/** What Markdown would take for HTML, emphasis or a formula. Code in backticks stays. */
const prose = (text: string) =>
  text
    .replace(/\s+/g, ' ')
    .split(/(`[^`]*`)/)
    .map((part) => (part.startsWith('`') ? part : part.replaceAll('<', '&lt;').replace(/[*$]/g, '\\$&')))
    .join('');

/** Writes both pages. */
export function writeMessagesPages(): void {
  for (const lang of LANGS) writeFileSync(messagesFiles[lang], messagesPage(lang));
}

/** Both pages as they are now, and as they should be. */
export function messagesPages(): { file: string; is: string; should: string }[] {
  return LANGS.map((lang) => ({
    file: messagesFiles[lang],
    is: readFileSync(messagesFiles[lang], 'utf8'),
    should: messagesPage(lang),
  }));
}
