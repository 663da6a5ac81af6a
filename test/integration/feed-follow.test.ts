import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { StatusChanges } from '../../src/cli/commands/status-changes.js';
import { feedActions } from '../../src/daemon/feed-action.js';
import { openControl } from '../../src/faces/control/client.js';
import {
  type ControlMethods,
  ControlRefusal,
  type ControlRequest,
  startControl,
} from '../../src/faces/control/server.js';
import { Feed } from '../../src/observe/feed/feed.js';
import { Pulse } from '../../src/observe/feed/pulse.js';
import { applyFeed } from '../../src/protocol/apply-feed.js';
import type { FeedChange, FeedSnapshot } from '../../src/protocol/feed.js';
import { eventually, PATIENCE_MS } from '../helpers/eventually.js';
import { FeedWorld } from '../helpers/feed-world.js';
import { everyEvent } from '../unit/messages/events.js';

/** A control socket with these methods. */
async function control(methods: ControlMethods) {
  const folder = mkdtempSync(join(tmpdir(), 'mcp-pipe-feed-'));
  const { platform } = process;
  const path = platform === 'win32' ? `\\\\.\\pipe\\mcp-pipe-feed-${process.pid}` : join(folder, 'c.sock');
  const options = { paths: [path], ownFolders: false, methods, uid: process.getuid?.(), platform };
  const running = await startControl(options);
  onTestFinished(async () => {
    await running.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return { path, close: () => running.close() };
}

function feedOf() {
  const world = new FeedWorld([{ name: 'a', servers: ['a'] }]);
  const changes = new Pulse();
  const feed = new Feed(world.sources, { changes });
  const { run } = feedActions({ load: async () => feed })['feed/follow'];
  const tell: FeedWorld['tell'] = (...event) => {
    world.tell(...event);
    changes.touch();
  };
  return { feed, tell, methods: { 'feed/follow': run } };
}

test('feed/follow answers with the snapshot, tells each change after it, and says which views there are', async () => {
  const { tell, methods } = feedOf();
  const { path } = await control(methods);
  const client = await openControl([path], { uid: process.getuid?.(), timeoutMs: PATIENCE_MS });
  onTestFinished(() => client.close());
  let known: FeedSnapshot | undefined;
  const { result } = await client.follow('feed/follow', { lang: 'vi' }, (method, params) => {
    expect(method).toBe('feed');
    known = applyFeed(known!, (params as { message: FeedChange }).message);
  });
  known = result as FeedSnapshot;
  expect(known).toMatchObject({ type: 'snapshot', lang: 'vi', servers: [{ word: 'Đang khởi động' }] });
  tell('a', everyEvent['server-starting']);
  tell('a', everyEvent['server-ready']);
  await eventually(() => known?.servers[0]?.word === 'Sẵn sàng', { what: 'the change' });
  expect(await client.ask('feed/follow', { view: 'nothing' })).toMatchObject({
    error: { code: -32602, message: expect.stringContaining('server/NAME') },
  });
});

test('status --watch is woken by a change, and once more when the daemon is gone', async () => {
  const { tell, methods } = feedOf();
  const { path, close } = await control(methods);
  const changes = new StatusChanges({ control: path });
  onTestFinished(() => changes.close());
  // The first report may be older than the feed.
  await changes.next();
  const woken = changes.next();
  tell('a', everyEvent['server-starting']);
  await woken;
  const gone = changes.next();
  await close();
  await gone;
});

test('a reader that is slow again and again leaves nothing behind', async () => {
  const warnings: Error[] = [];
  const warned = (warning: Error) => warnings.push(warning);
  process.on('warning', warned);
  onTestFinished(() => void process.off('warning', warned));
  const flood = async ({ tell, drained }: ControlRequest) => {
    const text = 'x'.repeat(256 * 1024);
    for (let i = 0; i < 15; i++) {
      tell('feed', { text });
      await drained();
    }
    return {};
  };
  const { path } = await control({ 'feed/follow': flood });
  const client = await openControl([path], { uid: process.getuid?.(), timeoutMs: PATIENCE_MS });
  onTestFinished(() => client.close());
  await client.follow('feed/follow', {}, () => {});
  // Node warns of more than ten listeners of a kind.
  expect(warnings).toEqual([]);
});

test('a daemon without a feed is asked for it once, and then for its state from time to time', async () => {
  let asked = 0;
  const unknown = () => {
    asked += 1;
    throw new ControlRefusal(-32601, 'Unknown method');
  };
  const { path } = await control({ 'feed/follow': unknown });
  const changes = new StatusChanges({ control: path }, 1);
  onTestFinished(() => changes.close());
  for (let i = 0; i < 3; i++) await changes.next();
  expect(asked).toBe(1);
});
