import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { FinishedCall } from '../../../src/protocol/finished-call.js';
import { ErrorCode } from '../../../src/protocol/jsonrpc.js';
import { eventually } from '../../helpers/eventually.js';
import { startGateway } from '../../helpers/gateway.js';
import { runs } from '../../helpers/runs.js';

/** What a client does with a request. */
type Act = {
  at: 'one' | 'two' | 'all';
  how: 'answered' | 'refused' | 'unknown' | 'left' | 'crash';
  batch: number;
};

const HEADERS = {
  'content-type': 'application/json',
  accept: 'application/json, text/event-stream',
  'mcp-protocol-version': '2025-11-25',
};
const INITIALIZE = {
  ...{ jsonrpc: '2.0', id: 'i', method: 'initialize' },
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
};

test('each request has one end, however it ends, and the id of its response', async () => {
  const ended: { requestId: string | undefined; outcome: string; code: number | undefined }[] = [];
  const onClientCall = ({ origin, outcome, code }: FinishedCall) =>
    void ended.push({ requestId: origin?.requestId, outcome, code });
  const world = await startGateway({
    servers: {
      one: { fixture: 'basic.mjs', options: { checkArguments: true } },
      two: { fixture: 'basic.mjs', options: { checkArguments: true } },
      safe: { fixture: 'annotated.mjs', options: { readOnly: true } },
    },
    app: { observers: [{ name: 'ends', onClientCall, returnsCalls: true }] },
  });
  const urls = { one: world.url('one'), two: world.url('two'), safe: world.url('safe'), all: world.url() };
  const sessions = new Map<string, string>();
  const post = async (url: string, body: object, signal?: AbortSignal) =>
    fetch(url, {
      method: 'POST',
      headers: { ...HEADERS, ...(sessions.has(url) ? { 'mcp-session-id': sessions.get(url)! } : {}) },
      body: JSON.stringify(body),
      ...(signal ? { signal } : {}),
    });
  const sent: string[] = [];
  let unnamed = 0;
  let id = 0;
  const act = fc.record<Act>({
    at: fc.constantFrom('one', 'two', 'all'),
    how: fc.constantFrom('answered', 'answered', 'refused', 'unknown', 'left', 'crash'),
    batch: fc.integer({ min: 1, max: 4 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(act, { minLength: 1, maxLength: 8 }), async (acts) => {
      for (const url of Object.values(urls)) {
        sessions.delete(url);
        const opened = await post(url, INITIALIZE);
        await opened.text();
        sessions.set(url, opened.headers.get('mcp-session-id')!);
      }
      await Promise.all(
        acts.flatMap(({ at, how, batch }) =>
          Array.from({ length: batch }, async () => {
            id += 1;
            const name = at === 'all' ? 'one__' : '';
            const calls = {
              answered: { name: `${name}echo`, arguments: { text: 'x' } },
              refused: { name: at === 'all' ? 'safe__delete_wx' : 'delete_wx', arguments: {} },
              unknown: { name: `${name}none`, arguments: {} },
              left: { name: `${name}echo`, arguments: { text: 'x' } },
              crash: { name: `${name}exit`, arguments: { code: 1 } },
            };
            const body = { jsonrpc: '2.0', id, method: 'tools/call', params: calls[how] };
            const gone = how === 'left' ? AbortSignal.timeout(1) : undefined;
            try {
              const url = how === 'refused' && at !== 'all' ? urls.safe : urls[at];
              const response = await post(url, body, gone);
              sent.push(response.headers.get('x-request-id')!);
              await response.text();
            } catch {
              // Whether it has come is not known.
              unnamed += 1;
            }
          }),
        ),
      );
      const ids = () => ended.map(({ requestId }) => requestId);
      await eventually(() => sent.every((one) => ids().includes(one)));
      expect(new Set(ids()).size).toBe(ids().length);
    }),
    { numRuns: runs(15) },
  );
  await world.stop();
  expect(new Set(ended.map(({ requestId }) => requestId)).size).toBe(ended.length);
  expect(ended.length).toBeLessThanOrEqual(sent.length + unnamed);
  expect(ended.some(({ code }) => code === ErrorCode.notAllowed)).toBe(true);
}, 120_000);
