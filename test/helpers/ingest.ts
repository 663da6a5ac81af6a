import { createServer } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { expect } from 'vitest';
import { listen } from './listen.js';

/** An event as it came in an envelope. */
export interface Ingested {
  event_id: string;
  level: string;
  tags: Record<string, string>;
  extra?: { advice?: string; repeated?: number; dropped?: number };
  message?: { formatted: string };
  exception?: {
    values: { type: string; value: string; stacktrace: { frames: Record<string, unknown>[] } }[];
  };
  [key: string]: unknown;
}

export const KEY = '0123456789abcdef0123456789abcdef';

/** What the service answers next: a status, and headers. Default: 200. */
export interface Answer {
  status: number;
  headers?: Record<string, string>;
  /** Never answers. */
  hangs?: boolean;
}

/** Takes envelopes as Sentry and GlitchTip do, until the test ends; it refuses every other form and every other key. */
export async function ingest(key = KEY) {
  const events: Ingested[] = [];
  const raw: string[] = [];
  const wrong: string[] = [];
  const answers: Answer[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('error', () => {});
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const whole = Buffer.concat(chunks);
      const bytes = request.headers['content-encoding'] === 'gzip' ? gunzipSync(whole) : whole;
      raw.push(bytes.toString('utf8'));
      const { status, headers = {}, hangs = false } = answers.shift() ?? { status: 200 };
      if (hangs) return;
      const { 'x-sentry-auth': auth = '', 'content-type': type } = request.headers;
      if (request.method !== 'POST' || request.url !== '/api/42/envelope/')
        return void response.writeHead(404).end();
      if (!/^Sentry sentry_version=7, sentry_client=mcp-pipe\/\S+, sentry_key=/.test(String(auth)))
        wrong.push(`auth ${auth}`);
      if (!String(auth).endsWith(`sentry_key=${key}`))
        return void response.writeHead(403).end('{"detail":"bad sentry DSN"}');
      if (status !== 200) return void response.writeHead(status, headers).end();
      if (type !== 'application/x-sentry-envelope') wrong.push(`type ${type}`);
      try {
        events.push(eventOf(bytes));
      } catch (error) {
        wrong.push(String(error));
        return void response.writeHead(400).end();
      }
      response.writeHead(200, { 'content-type': 'application/json', ...headers }).end('{"id":"x"}');
    });
  });
  const port = await listen(server);
  return { dsn: `http://${key}@127.0.0.1:${port}/42`, port, events, raw, wrong, answers };
}

/** The event of an envelope: a line of headers, a line with type and length of the item, the item in as many bytes. */
function eventOf(bytes: Buffer): Ingested {
  const line = (from: number) => {
    const end = bytes.indexOf(10, from);
    if (end < 0) throw new Error('a line without an end');
    return { value: JSON.parse(bytes.subarray(from, end).toString('utf8')), next: end + 1 };
  };
  const header = line(0);
  const item = line(header.next);
  const end = item.next + item.value.length;
  const event = JSON.parse(bytes.subarray(item.next, end).toString('utf8')) as Ingested;
  expect(item.value.type).toBe('event');
  expect(['', '\n']).toContain(bytes.subarray(end).toString('utf8'));
  expect(header.value.event_id).toMatch(/^[0-9a-f]{32}$/);
  expect(event.event_id).toBe(header.value.event_id);
  expect(Date.parse(header.value.sent_at)).toBeGreaterThan(0);
  return event;
}
