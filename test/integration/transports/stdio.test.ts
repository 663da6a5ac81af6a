import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { launch } from '../../../src/process/launch.js';
import type { OversizeMessage } from '../../../src/protocol/oversize.js';
import { type StdioOptions, stdioTransport } from '../../../src/transports/stdio.js';
import { eventually } from '../../helpers/eventually.js';
import { isAlive } from '../../helpers/is-alive.js';

const fixtures = join(import.meta.dirname, '../../fixtures/servers');

async function open(args: string[], over: Partial<StdioOptions> = {}) {
  const oversize: OversizeMessage[] = [];
  const stderr: string[] = [];
  const transport = stdioTransport(
    await launch({ command: process.execPath, args, cwd: fixtures, env: { PATH: process.env.PATH ?? '' } }),
    {
      maxFrameBytes: 1_000_000,
      maxQueuedBytes: 100_000,
      endTimeoutMs: 10_000,
      termTimeoutMs: 10_000,
      onStderr: (line) => void stderr.push(line),
      ...over,
    },
  );
  transport.onOversize = (line) => void oversize.push(line);
  onTestFinished(async () => {
    await transport.close({ forceSignal: AbortSignal.abort() });
  });
  const read = async () => {
    const texts: string[] = [];
    for await (const batch of transport.batches) for (const frame of batch) texts.push(frame.toString());
    return texts;
  };
  return { transport, oversize, stderr, read };
}

describe('stdioTransport', () => {
  it('tells the exit code or the signal', async () => {
    const code = await open(['-e', 'process.exit(5)']);
    expect(await code.transport.closed).toEqual({ by: 'remote', code: 5 });
    const signal = await open(['-e', 'process.kill(process.pid, "SIGKILL")']);
    expect(await signal.transport.closed).toEqual({ by: 'remote', signal: 'SIGKILL' });
    const closed = await open(['silent.mjs']);
    await eventually(() => closed.stderr.length > 0);
    expect(await closed.transport.close()).toEqual({ by: 'local', code: 0 });
  });

  it('lets others have their turn between two reads of a server that floods short lines', async () => {
    const flood =
      'const s = "a\\n".repeat(32768); for (let i = 0; i < 64; i++) require("fs").writeSync(1, s)';
    const { transport } = await open(['-e', flood]);
    let lines = 0;
    let inThisTurn = 0;
    let most = 0;
    const count = () => {
      most = Math.max(most, inThisTurn);
      inThisTurn = 0;
      turn = setImmediate(count);
    };
    let turn = setImmediate(count);
    for await (const batch of transport.batches) {
      lines += batch.length;
      inThisTurn += batch.length;
      // So that more is in the pipe whenever it is looked at.
      const until = performance.now() + 10;
      while (performance.now() < until);
    }
    clearImmediate(turn);
    expect(lines).toBe(64 * 32_768);
    expect(most).toBeLessThan(5 * 32_768);
  });

  it('delivers everything a server printed before it crashed, the unfinished last line included', async () => {
    const lines = 3_000;
    const script = `let s = ''; for (let i = 0; i < ${lines}; i++) s += i + '\\n';
      require('fs').writeSync(1, s + 'unfinished'); process.kill(process.pid, 'SIGKILL')`;
    const { transport, read } = await open(['-e', script]);
    await transport.closed;
    const texts = await read();
    expect(texts).toHaveLength(lines + 1);
    expect(texts.at(-1)).toBe('unfinished');
  });

  it('drops and reports a line over the bound, and goes on', async () => {
    const { oversize, read } = await open(['-e', 'console.log("x".repeat(2e6)); console.log("short")']);
    expect(await read()).toEqual(['short']);
    expect(oversize.map((line) => line.bytes)).toEqual([2_000_000]);
  });

  it('hands stderr on line by line and has its tail ready at the end', async () => {
    const { transport, stderr } = await open([
      '-e',
      'for (let i = 0; i < 30; i++) console.error("line " + i); process.stderr.write("the cause")',
    ]);
    await transport.closed;
    expect(stderr).toHaveLength(31);
    expect(transport.stderrTail()).toHaveLength(20);
    expect(transport.stderrTail().at(-1)).toBe('the cause');
  });

  it('closes a server whose stdin ends while calls are on their way, after their answers', async () => {
    const { transport, read } = await open(['echo.mjs']);
    transport.send([Buffer.from('a'), Buffer.from('b')]);
    const closed = transport.close();
    expect(await read()).toEqual(['a', 'b']);
    expect(await closed).toEqual({ by: 'local', code: 0 });
  });

  it('ends a server that has closed its stdout, since nothing can come of it', async () => {
    const { transport } = await open(['-e', 'require("fs").closeSync(1); setInterval(() => {}, 1e6)'], {
      endTimeoutMs: 400,
    });
    expect(await transport.closed).toEqual({ by: 'remote', reason: 'closed its stdout' });
    await transport.close();
    expect(isAlive(transport.pid)).toBe(false);
  });

  it('never fails for a server that has closed its stdin, and ends it', async () => {
    const { transport } = await open(
      ['-e', 'require("fs").closeSync(0); console.error("up"); setInterval(() => {}, 1e6)'],
      { endTimeoutMs: 400 },
    );
    await eventually(() => transport.stderrTail().length > 0);
    transport.send([Buffer.from('anybody there?')]);
    expect(await transport.closed).toEqual({ by: 'remote', reason: 'closed its stdin' });
    await transport.close();
    expect(isAlive(transport.pid)).toBe(false);
  });
});

describe.runIf(process.platform !== 'win32')('stdioTransport and the descendants of a server', () => {
  it('sweeps what a server leaves behind, without being asked', async () => {
    const { transport, read } = await open(['forks-child.mjs', 'silent.mjs', 'leave']);
    expect(await transport.closed).toEqual({ by: 'remote', code: 3 });
    const [line] = await read();
    await eventually(() => !isAlive(JSON.parse(line!).grandchild), { what: 'the end of the grandchild' });
  });

  it('is closed soon although a stubborn grandchild holds stdout, whom close waits for', async () => {
    const { transport, read } = await open(['forks-child.mjs', 'ignores-sigterm.mjs', 'hold'], {
      termTimeoutMs: 4_000,
    });
    const [line] = await read();
    const { grandchild } = JSON.parse(line!);
    expect(await transport.closed).toEqual({ by: 'remote', code: 3 });
    // Ignores SIGTERM, and the time for SIGKILL has not come.
    expect(isAlive(grandchild)).toBe(true);
    await transport.close();
    expect(isAlive(grandchild)).toBe(false);
  });

  it('is closed although a descendant that left the group holds stdout', async () => {
    const { transport, read } = await open(['forks-child.mjs', 'silent.mjs', 'escape']);
    expect(await transport.closed).toEqual({ by: 'remote', code: 3 });
    const [line] = await read();
    const { grandchild } = JSON.parse(line!);
    process.kill(grandchild, 'SIGKILL');
    await transport.close();
  });

  it('ends the whole tree of a server started through a shell', async () => {
    const child = await launch({
      command: 'sh',
      args: ['-c', `"${process.execPath}" forks-child.mjs silent.mjs & wait`],
      cwd: fixtures,
      env: { PATH: process.env.PATH ?? '' },
    });
    const transport = stdioTransport(child, {
      ...{ maxFrameBytes: 1_000, maxQueuedBytes: 1_000, endTimeoutMs: 20, termTimeoutMs: 10_000 },
      onStderr: () => {},
    });
    const [chunk] = await once(child.stdout, 'data');
    const { grandchild } = JSON.parse(chunk.toString());
    expect(isAlive(grandchild)).toBe(true);
    expect(await transport.close()).toEqual({ by: 'local', signal: 'SIGTERM' });
    expect(isAlive(grandchild)).toBe(false);
  });
});
