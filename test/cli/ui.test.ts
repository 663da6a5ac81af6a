import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { FeedDetail, FeedMessage, FeedSnapshot } from '../../src/protocol/feed.js';
import { Cli, folderAndEndpoint } from '../helpers/cli.js';
import { eventually } from '../helpers/eventually.js';
import { fixture } from '../helpers/link.js';

/** The messages of a stream, as they come. */
async function* feedAt(origin: string, view: string, key: string): AsyncGenerator<FeedMessage> {
  const { body } = await fetch(`${origin}/ui/feed?view=${view}`, {
    headers: { authorization: `Bearer ${key}` },
  });
  let text = '';
  for await (const piece of body!.pipeThrough(new TextDecoderStream())) {
    text += piece;
    const events = text.split('\n\n');
    text = events.pop()!;
    for (const event of events)
      if (event.startsWith('data: ')) yield JSON.parse(event.slice(6)) as FeedMessage;
  }
}

async function first<Of extends FeedMessage>(
  messages: AsyncIterable<FeedMessage>,
  is: (message: FeedMessage) => boolean,
): Promise<Of> {
  for await (const message of messages) if (is(message)) return message as Of;
  throw new Error('the stream has ended');
}

it('a page says what runs, acts, and its key stands on stdout alone', async () => {
  const { cwd, fake } = await folderAndEndpoint();
  const config = { mcpServers: { one: { command: process.execPath, args: [fixture('basic.mjs')] } } };
  await writeFile(join(cwd, 'mcp_config.json'), JSON.stringify({ ...config, ui: { address: '0.0.0.0:0' } }));
  const env = { MCP_ENDPOINT: fake.endpoint().href, MCP_PIPE_STATE: join(cwd, 'state') };
  const logFile = join(cwd, 'run.log');
  const cli = new Cli(['--log-file', logFile], { cwd, env });
  await cli.event('open');
  // The link may be open before the page has an address.
  const shown = () => /(http:\/\/localhost:\d+)\/#key=([\w-]{32})\s/.exec(cli.stdout) ?? undefined;
  const [, origin = '', key = ''] = await eventually(shown, { what: 'the address of the page' });

  const snapshot = await first<FeedSnapshot>(
    feedAt(origin, 'overview', key),
    ({ type }) => type === 'snapshot',
  );
  expect(snapshot.servers).toMatchObject([{ name: 'one', class: 'ok', state: 'ready' }]);
  const headers = {
    authorization: `Bearer ${key}`,
    'content-type': 'application/json',
    'x-mcp-pipe': 'page',
  };
  const restarted = await fetch(`${origin}/ui/do/restart`, {
    method: 'POST',
    headers,
    body: '{"name":"one"}',
  });
  expect(await restarted.json()).toMatchObject({ result: { changed: ['one'] } });
  expect(await cli.event('ui-action')).toMatchObject({ action: 'restart', name: 'one', from: 'page' });
  // What a person did, then what came of it; and the day has a class.
  const detail = await first<FeedDetail>(
    feedAt(origin, 'server/one', key),
    (message) => message.type === 'detail' && message.moves.length > 1,
  );
  expect(detail.moves.map(({ text }) => text).join('\n')).toMatch(/restart/i);
  expect(detail.band.classes.filter(Boolean)).not.toEqual([]);

  const metrics = await fetch(`${origin}/metrics`, { headers });
  expect(await metrics.text()).toContain('mcp_pipe_server_starts_total{server="one"} 2');
  expect((await fetch(`${origin}/metrics`)).status).toBe(401);

  const asked = new Cli(['ui'], { cwd, env });
  expect(await asked.exited).toBe(0);
  expect(asked.stdout).toContain(`${origin}/#key=${key}`);
  cli.signal('SIGTERM');
  expect(await cli.exited).toBe(0);
  await eventually(async () => expect(await readFile(logFile, 'utf8')).toContain('ui-address'));
  expect(await readFile(logFile, 'utf8')).not.toContain(key);
  expect(cli.stderr).not.toContain(key);
});
