import { redactValues } from '../redact-values.js';
import type { Problem } from './problem.js';

/** What every report says of the run. */
export interface ReportedRun {
  /** Of mcp-pipe. */
  version: string;
  environment: string;
  release: string | undefined;
  /** Name of the machine. */
  host: string;
  node: string;
  platform: string;
}

/** What came between two reports. */
export interface LeftOut {
  /** The same problem, since its last report. */
  repeated: number;
  /** Reports of any problem that were not made, because there were too many. */
  dropped: number;
}

/** Characters of a title: Sentry cuts those that are longer. */
const TITLE_LENGTH = 500;
/** Characters of the value of a tag, as Sentry has it. */
const TAG_LENGTH = 200;

/**
 * The event of a problem, in Sentry's words (https://develop.sentry.dev/sdk/data-model/event-payloads/), without secrets. Pure.
 *
 * @param id 32 hex digits.
 */
export function eventOf(
  problem: Problem,
  run: ReportedRun,
  left: LeftOut,
  id: string,
  redact: (text: string) => string,
): Record<string, unknown> {
  const { at, level, title, advice, tags, fingerprint, exception } = problem;
  const extra = {
    ...(advice === undefined ? {} : { advice }),
    ...(left.repeated > 0 ? { repeated: left.repeated } : {}),
    ...(left.dropped > 0 ? { dropped: left.dropped } : {}),
  };
  const said = redactValues(redact, {
    tags: Object.fromEntries(
      Object.entries({ ...tags, version: run.version }).map(([tag, value]) => [
        tag,
        inOneLine(value, TAG_LENGTH),
      ]),
    ),
    fingerprint: ['mcp-pipe', ...fingerprint],
    ...(exception
      ? {
          exception: {
            values: [
              {
                type: exception.type,
                value: exception.value ?? '',
                stacktrace: { frames: exception.frames },
              },
            ],
          },
        }
      : { message: { formatted: inOneLine(title, TITLE_LENGTH) } }),
    ...(Object.keys(extra).length > 0 ? { extra } : {}),
    server_name: run.host,
    environment: run.environment,
  }) as Record<string, unknown>;
  return {
    event_id: id,
    timestamp: at / 1_000,
    ...{ platform: 'node', level, logger: 'mcp-pipe' },
    release: run.release ?? `mcp-pipe@${run.version}`,
    sdk: { name: 'mcp-pipe', version: run.version },
    contexts: { runtime: { name: 'node', version: run.node }, os: { name: run.platform } },
    ...said,
  };
}

/** The envelope of an event: three lines of JSON (https://develop.sentry.dev/sdk/data-model/envelopes/). Pure. */
export function envelopeOf(event: Readonly<Record<string, unknown>>, sentAt: number): string {
  const payload = JSON.stringify(event);
  const { event_id, sdk } = event;
  const header = { event_id, sent_at: new Date(sentAt).toISOString(), sdk };
  const item = { type: 'event', content_type: 'application/json', length: Buffer.byteLength(payload) };
  return `${JSON.stringify(header)}\n${JSON.stringify(item)}\n${payload}\n`;
}

/** What a client says of itself (https://develop.sentry.dev/sdk/overview/#authentication). */
export function authHeader(key: string, version: string): string {
  return `Sentry sentry_version=7, sentry_client=mcp-pipe/${version}, sentry_key=${key}`;
}

/**
 * How long no errors may be sent, in milliseconds, as `X-Sentry-Rate-Limits` says it: `60:error;default:organization, …`.
 * Undefined: it says nothing about errors. Pure.
 */
export function limitOf(header: string): number | undefined {
  const seconds = header.split(',').flatMap((limit) => {
    const [wait = '', categories = ''] = limit.trim().split(':');
    const isMeant = categories === '' || categories.split(';').includes('error');
    return /^\d{1,9}(?:\.\d+)?$/.test(wait) && isMeant ? [Number(wait)] : [];
  });
  return seconds.length === 0 ? undefined : Math.max(...seconds) * 1_000;
}

function inOneLine(text: string, length: number): string {
  const line = text.replace(/\s+/g, ' ');
  return line.length <= length ? line : `${line.slice(0, length - 1).toWellFormed()}…`;
}
