import { mkdir, realpath, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../helpers/eventually.js';
import { fourServers } from '../helpers/four-servers.js';
import { connectV1, connectV2 } from '../helpers/http-clients.js';
import type { MemberUnderTest } from '../helpers/link.js';
import { type LinkKind, serve } from '../helpers/served.js';

const LINKS: LinkKind[] = ['pipe', 'mux'];
const CLIENTS = [
  { generation: '1.x', connect: connectV1 },
  { generation: '2.x', connect: connectV2 },
] as const;

let servers: MemberUnderTest[];
/** A folder that the filesystem server serves only because it is a root of its client. */
let root: string;
beforeAll(async () => {
  const four = await fourServers();
  servers = four.members;
  root = await realpath(await mkdir(join(four.folder, 'root'), { recursive: true }).then((made) => made!));
  await writeFile(join(root, 'note.txt'), 'ghi chú');
});
const only = (name: string) => servers.filter((server) => server.name === name);

const CASES = LINKS.flatMap((kind) => CLIENTS.map((client) => ({ kind, ...client })));
describe.each(CASES)('the client of SDK $generation, over HTTP and a $kind', ({ kind, connect }) => {
  it('hears progress, and answers the server’s questions: sampling, elicitation, roots', async () => {
    const { urlOf } = await serve(kind, only('everything'));
    const client = await connect(urlOf('everything'), { roots: [root] });
    const steps: number[] = [];
    const text = await client.call(
      'trigger-long-running-operation',
      { duration: 0.4, steps: 4 },
      { onprogress: ({ progress }) => steps.push(progress) },
    );
    expect(text).toContain('completed');
    expect(steps.slice(0, 3)).toEqual([1, 2, 3]);
    expect(await client.call('trigger-sampling-request', { prompt: 'hello', maxTokens: 10 })).toContain(
      'sampled!',
    );
    expect(await client.call('trigger-elicitation-request')).toContain('Lan');
    // The server logs the roots that it was told.
    await eventually(() => JSON.stringify(client.logs).includes('root'), { what: 'the log message' });
  });

  it('cancels a call, and the server hears of it under the id that it knows', async () => {
    const { urlOf } = await serve(kind, [{ name: 'basic', server: ['basic.mjs'] }]);
    const client = await connect(urlOf('basic'));
    const abort = new AbortController();
    const slow = client.call('slow', { ms: 60_000 }, { signal: abort.signal });
    const received = async () => JSON.parse(await client.call('received')) as string[];
    const asked = await eventually(async () => (await received()).find((line) => line.includes('"slow"')));
    abort.abort('no longer needed');
    await expect(slow).rejects.toThrow();
    const cancelled = await eventually(async () =>
      (await received()).find((line) => line.includes('notifications/cancelled')),
    );
    expect(JSON.parse(cancelled).params.requestId).toBe(JSON.parse(asked).id);
  });
});

describe.each(LINKS)('the client of SDK 2.x, with MCP 2026-07-28 and a %s', (kind) => {
  const fixture: MemberUnderTest = { name: 'conformance', server: ['conformance-server.mjs'] };

  it('lists, calls, hears progress, and is asked through results', async () => {
    const { urlOf } = await serve(kind, [fixture]);
    const client = await connectV2(urlOf('conformance'), { mode: 'auto' });
    expect(client.version).toBe('2026-07-28');
    expect(await client.tools()).toContain('test_simple_text');
    expect(await client.prompts()).toContain('test_simple_prompt');
    const steps: number[] = [];
    await client.call('test_tool_with_progress', {}, { onprogress: ({ progress }) => steps.push(progress) });
    expect(steps.slice(0, 2)).toEqual([0, 50]);
    expect(await client.call('test_input_required_result_elicitation')).toBe('Hello, Lan!');
    expect(await client.call('test_input_required_result_sampling')).toContain('sampled!');
  });

  it('keeps the subscriptions of two clients apart', async () => {
    const { urlOf } = await serve(kind, [fixture]);
    const [a, b] = [
      await connectV2(urlOf('conformance'), { mode: 'auto' }),
      await connectV2(urlOf('conformance'), { mode: 'auto' }),
    ];
    const heard: string[] = [];
    for (const [name, { client }] of Object.entries({ a, b })) {
      client.setNotificationHandler(
        'notifications/tools/list_changed',
        () => void heard.push(`${name}: tools`),
      );
      client.setNotificationHandler(
        'notifications/prompts/list_changed',
        () => void heard.push(`${name}: prompts`),
      );
    }
    const forTools = await a.client.listen({ toolsListChanged: true });
    await b.client.listen({ promptsListChanged: true });
    await b.call('test_trigger_tool_change');
    await b.call('test_trigger_prompt_change');
    await eventually(() => heard.length >= 2, { what: 'both notifications' });
    expect(heard.sort()).toEqual(['a: tools', 'b: prompts']);
    await forTools.close();
    await b.call('test_trigger_tool_change');
    await b.call('test_trigger_prompt_change');
    await eventually(() => heard.length >= 3, { what: 'the third notification' });
    expect(heard.sort()).toEqual(['a: tools', 'b: prompts', 'b: prompts']);
  });
});
