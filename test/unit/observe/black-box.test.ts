import { describe, expect, it } from 'vitest';
import { BlackBox } from '../../../src/observe/black-box.js';
import { type BlackBoxFile, type EventLine, isFrameLine } from '../../../src/observe/black-box-file.js';
import type { Diagnosis } from '../../../src/protocol/diagnosis.js';
import { FrameCode } from '../../../src/protocol/frame-ring.js';
import type { Status, StatusEvent } from '../../../src/protocol/status.js';
import { ManualClock } from '../../helpers/manual-clock.js';

const { request, response, error, toEndpoint } = FrameCode;
const none = Number.NaN;
const SECRET = 'q7Rk2mVx9TzB4nLw';

const lost: Diagnosis = {
  ...{ cause: 'connection-lost', action: { kind: 'retry' }, code: 1006, reason: '', siblings: 0 },
  ...{ openForMs: 5_000, initialize: 'answered' },
};

function made() {
  const clock = new ManualClock();
  const files: BlackBoxFile[] = [];
  const box = new BlackBox({ version: '1.2.3', secrets: [SECRET], clock, write: (file) => files.push(file) });
  const say = (event: StatusEvent, link = 'calc', more: Partial<Status> = {}) =>
    box.onStatus({ at: Date.now(), link, ...more, ...event } as Status);
  const down = (diagnosis: Partial<Diagnosis> = {}, link = 'calc', pending = 0) =>
    say(
      {
        ...{ type: 'down', diagnosis: { ...lost, ...diagnosis }, attempt: 1, nextDialMs: 1 },
        ...{ pending, stderrTail: [`token ${SECRET}`] },
      },
      link,
    );
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  return { clock, files, box, say, down, turn };
}

const crash: StatusEvent = {
  ...{ type: 'server-down', serverKind: 'stdio', why: 'exited', end: { kind: 'process', signal: 'SIGKILL' } },
  ...{ livedMs: 10, failures: 1, nextStartMs: 100, pendingFailed: 1, stderrTail: ['argument 42'] },
};

describe('BlackBox', () => {
  it('keeps frames and events of a link in the order in which they came', async () => {
    const { box, say, down, files, turn } = made();
    const ring = box.ringOf('calc');
    say({ type: 'dialing', endpoint: 'wss://example.com', attempt: 1 });
    ring.note(request, 0, 90, 'tools/call', 'add', 7, none);
    say({ type: 'open', tookMs: 3 });
    ring.note(response | toEndpoint, 5, 50, 'tools/call', 'add', 7, 5);
    down();
    await turn();
    expect(files).toHaveLength(1);
    const [file] = files;
    expect(file).toMatchObject({ format: 'mcp-pipe-black-box', version: 1, mcpPipe: '1.2.3', link: 'calc' });
    expect(file!.records.map((record) => (isFrameLine(record) ? record.kind : record.event))).toEqual([
      ...['dialing', 'request', 'open', 'response', 'down'],
    ]);
    expect(file!.records[3]).toMatchObject({ to: 'endpoint', id: '7', bytes: 50, tookMs: 5, name: 'add' });
  });

  it('names the request of a reply that mcp-pipe gave itself', async () => {
    const { box } = made();
    const ring = box.ringOf('calc');
    ring.note(request, 0, 90, 'tools/call', 'add', '"x"', none);
    // A server counts its own requests.
    ring.note(request | toEndpoint, 1, 60, 'sampling/createMessage', undefined, '"x"', none);
    ring.note(error | toEndpoint, 8, 80, undefined, undefined, '"x"', none);
    ring.addCode(-31001);
    ring.note(response, 9, 70, undefined, undefined, '"x"', none);
    const lines = box.read('calc', 'asked')!.records.filter(isFrameLine);
    expect(lines[2]).toMatchObject({
      kind: 'error',
      method: 'tools/call',
      name: 'add',
      tookMs: 8,
      code: -31001,
    });
    expect(lines[3]).toMatchObject({ to: 'server', method: 'sampling/createMessage', tookMs: 8 });
  });

  it('writes for ends that were not planned only', async () => {
    const { box, down, say, files, turn } = made();
    box.ringOf('calc');
    down({ cause: 'closed-by-endpoint', code: 1000 });
    down({ cause: 'endpoint-restarting', code: 1001 });
    down({ cause: 'refused', openForMs: undefined });
    say({ ...crash, why: 'not-started', end: { kind: 'not-started', reason: 'ENOENT' } } as StatusEvent);
    say({ type: 'draining', pending: 0, timeoutMs: 1, why: 'stopping' });
    await turn();
    expect(files).toEqual([]);
    // Calls were lost.
    down({ cause: 'closed-by-endpoint', code: 1000 }, 'calc', 2);
    say(crash);
    await turn();
    expect(files.map(({ why }) => why)).toEqual(['connection-ended', 'server-ended']);
  });

  it('writes about a link that ends again and again once a minute for each reason, and counts the others', async () => {
    const { box, down, files, turn, clock } = made();
    box.ringOf('calc');
    for (let k = 0; k < 50; k++) down();
    await turn();
    expect(files).toHaveLength(1);
    await clock.advance(61_000);
    down();
    await turn();
    expect(files.map(({ unwritten }) => unwritten)).toEqual([49, 0]);
  });

  it('writes a few files when all links end at once', async () => {
    const { box, down, files, turn, clock } = made();
    const links = Array.from({ length: 100 }, (_, k) => `link-${k}`);
    for (const link of links) box.ringOf(link);
    for (const link of links) down({}, link);
    await turn();
    expect(files).toHaveLength(10);
    await clock.advance(20_000);
    for (const link of links.slice(50)) down({}, link);
    await turn();
    expect(files).toHaveLength(12);
  });

  it('holds neither what servers wrote nor secrets nor addresses of resources', () => {
    const { box, say, down } = made();
    const ring = box.ringOf('calc');
    ring.note(request, 0, 9, 'resources/read', 'file:///argument', 1, none);
    ring.note(error | toEndpoint, 0, 9, undefined, undefined, 1, none);
    ring.note(request, 0, 9, 'tools/call', `say-${SECRET}`, `"${SECRET}"`, none);
    say({ type: 'server-stderr', line: 'argument' });
    say({ type: 'invalid-message', from: 'server', why: 'not JSON', excerpt: 'argument', bytes: 8 });
    say({
      type: 'call-unanswered',
      method: 'resources/read',
      name: 'file:///argument',
      waitedMs: 1,
      silentMs: 1,
      running: 1,
    });
    say({
      type: 'server-starting',
      serverKind: 'stdio',
      attempt: 1,
      shown: 'node argument',
      fetcher: undefined,
    });
    say(crash);
    down({
      reason: `bye ${SECRET}`,
      refusal: { method: 'tools/call', by: 'server', code: 1, message: 'argument', agoMs: 2 },
    });
    const text = JSON.stringify(box.read('calc', 'asked'));
    expect(text).not.toContain('argument');
    expect(text).not.toContain(SECRET);
    expect(text).toContain('bye [redacted]');
  });

  it('counts events that come with every message, so that they push out no others', () => {
    const { box, say } = made();
    box.ringOf('calc');
    say({ type: 'open', tookMs: 1 });
    for (let k = 0; k < 5_000; k++) say({ type: 'stale-reply', total: k });
    for (let k = 0; k < 5_000; k++) say({ type: 'server-stderr', line: 'noise' });
    const { records } = box.read('calc', 'asked')!;
    expect((records as EventLine[]).map(({ event, times }) => [event, times])).toEqual([
      ['open', undefined],
      ['stale-reply', 5_000],
    ]);
  });

  it('notes events of a server that several links use in all of them', () => {
    const { box, say } = made();
    for (const link of ['a', 'b']) box.ringOf(link);
    say(crash, 'a', { server: 'shared', alsoLinks: ['b'] });
    for (const link of ['a', 'b'])
      expect(box.read(link, 'asked')!.records).toMatchObject([{ event: 'server-down', server: 'shared' }]);
  });

  it('goes on for a link that is replaced, and forgets one that has closed', () => {
    const { box, say } = made();
    const ring = box.ringOf('calc');
    expect(box.ringOf('calc')).toBe(ring);
    say({ type: 'link-state', from: 'draining', to: 'closed' });
    expect(box.links).toEqual(['calc']);
    say({ type: 'link-state', from: 'draining', to: 'closed' });
    expect(box.links).toEqual([]);
    expect(box.read('calc', 'asked')).toBeUndefined();
  });
});
