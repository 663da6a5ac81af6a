import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { loadConfig } from '../../../src/config/load.js';
import { makePlan } from '../../../src/config/plan.js';
import { App } from '../../../src/daemon/app.js';
import { type FeedParts, feedSources } from '../../../src/daemon/feed-sources.js';
import { RunFeed } from '../../../src/daemon/run-feed.js';
import { RunningConfig } from '../../../src/daemon/running-config.js';
import { Measures } from '../../../src/observe/measures/measures.js';
import type { FeedDetail, FeedMessage, FeedSnapshot } from '../../../src/protocol/feed.js';

const TOKEN = 'token-of-the-kitchen-0123456789';
const KEY = 'key-that-nobody-may-see-0123';

/** A configuration whose links are made and never started, and its feed. */
async function run(config: object) {
  const folder = mkdtempSync(join(tmpdir(), 'mcp-pipe-feed-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'mcp_config.json');
  const write = (text: string) => writeFileSync(file, text);
  write(JSON.stringify(config));
  const read = async () => {
    const loaded = await loadConfig({
      ...{ file, env: { MCP_ENDPOINT: `ws://127.0.0.1:1/mcp/?token=${TOKEN}` }, cwd: folder },
    });
    const { wantedFile, envFile } = loaded;
    return { plan: makePlan(loaded, { cwd: folder, commandNames: [] }), file, envFile, files: [wantedFile] };
  };
  const first = await read();
  const app = new App(first.plan);
  const running = new RunningConfig({ app, read, first, watching: false, isWell: () => true });
  const feed = new RunFeed({ app, version: '1.2.3', config: running });
  onTestFinished(() => feed.close());
  const messages = async (lang: 'en' | 'vi', name: string): Promise<FeedMessage[]> => {
    const got: FeedMessage[] = [];
    const gone = new AbortController();
    const view = { of: 'server' as const, name };
    for await (const message of (await feed.load()).open({ lang, view, signal: gone.signal })) {
      got.push(JSON.parse(JSON.stringify(message)));
      if (message.type === 'detail') gone.abort();
    }
    return got;
  };
  return { write, running, messages };
}

const servers = {
  notes: { command: 'node', args: ['notes.js', '--api-key', KEY], env: { NOTES_KEY: KEY } },
  weather: { command: 'npx', args: ['-y', 'weather-server'] },
  lamp: { command: 'node', args: ['lamp.js'], disabled: true },
};

test('the plan is shown without its secrets, and what is paused with it', async () => {
  const { running, messages } = await run({ mcpServers: servers });
  await running.pause(['weather']);
  const [snapshot, detail] = (await messages('vi', 'notes')) as [FeedSnapshot, FeedDetail];
  expect(snapshot.machine).toMatchObject({ version: '1.2.3', pid: process.pid, file: 'mcp_config.json' });
  expect(snapshot.servers.map(({ name, word, actions }) => [name, word, actions[0]])).toEqual([
    ['notes', 'Đang khởi động', 'restart'],
    ['weather', 'Bạn đã tạm dừng', 'resume'],
  ]);
  expect(snapshot.links).toMatchObject([
    {
      kind: 'mux',
      servers: ['notes', 'weather'],
      endpoint: '127.0.0.1:1',
      fingerprint: expect.stringMatching(/^#\w{8}$/),
    },
  ]);
  expect(detail.facts).toMatchObject({ kind: 'stdio', command: expect.stringContaining('node') });
  for (const secret of [TOKEN, KEY]) expect(JSON.stringify([snapshot, detail])).not.toContain(secret);
  await running.resume(['weather']);
  const [after] = (await messages('en', 'weather')) as [FeedSnapshot];
  expect(after.servers[1]).toMatchObject({ state: 'starting', actions: ['restart', 'pause'] });
});

test('an edit that was refused is told in words of the language, with its place', async () => {
  const { write, running, messages } = await run({ mcpServers: servers });
  write('{ "mcpServers": { "notes": ');
  await running.reload('asked').catch(() => {});
  const [{ machine }] = (await messages('vi', 'notes')) as [FeedSnapshot];
  expect(machine.refused).toContain('mcp_config.json');
  expect(machine.changedAt).toBeTypeOf('number');
});

test('what is measured from a reload on is in a feed that was read before', async () => {
  const app = new App({ servers: [], links: [], warnings: [], secrets: [] });
  let measures: Measures | undefined;
  const parts: FeedParts = {
    ...{ app, version: '1.2.3' },
    get measures() {
      return measures;
    },
  };
  const sources = feedSources(parts);
  expect(sources.measures).toBeUndefined();
  measures = new Measures({ plan: { links: [] } });
  expect(sources.measures).toBe(measures);
});
