import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Cli, folder } from '../helpers/cli.js';
import { eventually } from '../helpers/eventually.js';
import { type FakeConnection, FakeEndpoint } from '../helpers/fake-endpoint.js';
import { fixture } from '../helpers/link.js';
import { peakRssBytes, rssBytes } from '../helpers/rss.js';
import { isRotate, strategy } from '../helpers/strategy.js';

const MIB = 1024 * 1024;

/**
 * How much longer a quiet neighbour may wait for an answer than before. Whatever waits for the other one waits for seconds:
 * for as long as nobody reads. The median of what waits for the processor alone stays far below.
 */
const TIMES_LONGER = 20;
const LEAST_MS = 5;

/** One link with a server that floods, and a quiet neighbour, in a process of their own. */
async function start(FLOOD: string, server = 'flood.mjs') {
  const fakes = { flooding: await FakeEndpoint.start(), quiet: await FakeEndpoint.start() };
  onTestFinished(async () => {
    await fakes.flooding.close();
    await fakes.quiet.close();
  });
  const cwd = await folder();
  const config = {
    mcpServers: {
      flooding: {
        command: process.execPath,
        args: [fixture(server)],
        env: { FLOOD },
        endpoint: fakes.flooding.endpoint('token-of-the-flood').href,
      },
      quiet: {
        command: process.execPath,
        args: [fixture('basic.mjs')],
        endpoint: fakes.quiet.endpoint('token-of-the-quiet').href,
      },
      // With a token of its own it would have no turns.
      ...(isRotate ? { waiting: waitingFor(fakes.flooding) } : {}),
    },
  };
  await writeFile(join(cwd, 'mcp_config.json'), JSON.stringify(config));
  const cli = new Cli(strategy === 'pipe' ? [] : ['--mode', strategy], { cwd });
  const flooding = await fakes.flooding.connection();
  const quiet = await fakes.quiet.connection();
  await flooding.greet();
  await quiet.greet();
  return { cli, flooding, quiet, usualMs: await answerTimeMs(quiet) };
}

/** A server whose turn comes later. */
function waitingFor(endpoint: FakeEndpoint) {
  const { href } = endpoint.endpoint('token-of-the-flood');
  return { command: process.execPath, args: [fixture('basic.mjs')], endpoint: href };
}

/** Median of many calls, from frame to frame. */
async function answerTimeMs(connection: FakeConnection): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < 60; i++) {
    const asked = performance.now();
    const answered = new Promise((resolve) => connection.socket.once('message', resolve));
    connection.send({ jsonrpc: '2.0', id: `time ${i}`, method: 'tools/call', params: { name: 'whoami' } });
    await answered;
    times.push(performance.now() - asked);
  }
  return times.sort((a, b) => a - b)[30]!;
}

describe.runIf(process.platform === 'linux')('slowness travels, and memory stays bounded', () => {
  it('when the endpoint stops reading while its server has 1 GiB to say', async () => {
    const { cli, flooding, quiet, usualMs } = await start('stdout');
    const idle = rssBytes(cli);
    flooding.socket.pause();
    flooding.send({ jsonrpc: '2.0', id: 1, method: 'tools/list' });
    const peak = (await peakRssBytes(cli, 2_000)) - idle;
    expect(peak).toBeLessThan(64 * MIB);
    expect(await answerTimeMs(quiet)).toBeLessThan(TIMES_LONGER * Math.max(usualMs, LEAST_MS));
    // It flows again once somebody reads.
    flooding.frames.length = 0;
    flooding.socket.resume();
    await eventually(() => flooding.frames.length > 200);
    flooding.socket.removeAllListeners('message');
    expect(cli.log.filter(({ event }) => event === 'down')).toEqual([]);
  });

  it('when a server stops reading while its endpoint has 1 GiB to ask', async () => {
    const { cli, flooding, quiet, usualMs } = await start('deaf');
    const idle = rssBytes(cli);
    const params = { name: 'flood', text: 'x'.repeat(MIB) };
    const question = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params });
    let asked = 0;
    const ask = () => {
      while (asked < 1024 && flooding.socket.bufferedAmount < 8 * MIB) {
        flooding.socket.send(question);
        asked += 1;
      }
    };
    ask();
    flooding.tcp.on('drain', ask);
    const peak = (await peakRssBytes(cli, 2_000)) - idle;
    expect(peak).toBeLessThan(64 * MIB);
    // Nearly all of it is still with the endpoint.
    expect(asked).toBeLessThan(64);
    expect(await answerTimeMs(quiet)).toBeLessThan(TIMES_LONGER * Math.max(usualMs, LEAST_MS));
    // In good order: whoever is killed cannot end a server that does not mind its stdin.
    cli.signal('SIGTERM');
    cli.signal('SIGTERM');
    await cli.exited;
  });

  it('when results of 100 MB come one after another, each over the bound', async () => {
    const { cli, flooding } = await start('none', 'stream-big.mjs');
    const ask = async (id: number) => {
      flooding.send({ jsonrpc: '2.0', id, method: 'tools/call', params: { name: 'big' } });
      return flooding.reply(id);
    };
    for (let i = 0; i < 300; i++) await ask(1_000 + i);
    const idle = rssBytes(cli);
    for (let i = 0; i < 10; i++) {
      expect((await ask(100_000_000 + i)).error.code).toBe(-31005);
      // Its memory has returned although nothing has happened since.
      expect(rssBytes(cli) - idle).toBeLessThan(64 * MIB);
    }
  });

  it('when a server writes 100 MB to stderr: it is not blocked, and the log says what it left out', async () => {
    const { cli, flooding, quiet, usualMs } = await start('stderr');
    const idle = rssBytes(cli);
    flooding.send({ jsonrpc: '2.0', id: 'flooded', method: 'tools/list' });
    const [peak, , busyMs] = await Promise.all([
      peakRssBytes(cli, 1_500),
      flooding.reply('flooded'),
      answerTimeMs(quiet),
    ]);
    expect(peak - idle).toBeLessThan(64 * MIB);
    expect(busyMs).toBeLessThan(TIMES_LONGER * Math.max(usualMs, LEAST_MS));
    // Said every few seconds for as long as it goes on.
    const leftOut = () =>
      cli.log.filter(({ event, kind }) => event === 'left-out' && kind === 'server-stderr');
    const dropped = () => leftOut().reduce((sum, line) => sum + (line.dropped as number), 0);
    await eventually(() => dropped() > 100_000, { what: 'more than 100 000 lines that were left out' });
    expect(cli.stderr.length).toBeLessThan(MIB);
  });
});
