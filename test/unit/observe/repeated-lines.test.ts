import { describe, expect, it } from 'vitest';
import { createLog } from '../../../src/observe/log.js';
import { logStatus } from '../../../src/observe/log-status.js';
import { Redactor } from '../../../src/observe/redact.js';
import { RepeatedLines } from '../../../src/observe/repeated-lines.js';
import type { StatusEvent } from '../../../src/protocol/status.js';
import { everyEvent, serverDown, status } from '../messages/events.js';

/** One life that ends in a crash; which of its lines were repetitions. */
function crash(lines: RepeatedLines, ...written: string[]): boolean[] {
  lines.started();
  const repeated = written.map((line) => lines.repeats(line));
  lines.crashed();
  return repeated;
}

describe('lines of a crash', () => {
  it('are repetitions from the second crash in a row on, up to the first that differs', () => {
    const lines = new RepeatedLines();
    expect(crash(lines, 'a', 'b')).toEqual([false, false]);
    expect(crash(lines, 'a', 'b')).toEqual([true, true]);
    expect(crash(lines, 'a', 'b', 'c')).toEqual([true, true, false]);
    expect(crash(lines, 'a', 'x', 'c')).toEqual([true, false, false]);
    expect(crash(lines)).toEqual([]);
    expect(crash(lines, 'a')).toEqual([false]);
  });

  it('are news after a life that did not crash', () => {
    const lines = new RepeatedLines();
    crash(lines, 'a');
    lines.started();
    expect(lines.repeats('a')).toBe(true);
    expect(crash(lines, 'a')).toEqual([false]);
  });

  it('are remembered up to a bound', () => {
    const lines = new RepeatedLines();
    const many = Array.from({ length: 1_000 }, (_, i) => `${i}`);
    crash(lines, ...many);
    expect(crash(lines, ...many).filter(Boolean)).toHaveLength(40);
    const long = 'x'.repeat(10_000);
    crash(lines, long);
    expect(crash(lines, long)).toEqual([false]);
  });
});

describe('the log of a crash loop', () => {
  async function logged(level: string, ...events: StatusEvent[]): Promise<Record<string, unknown>[]> {
    const written: string[] = [];
    const destination = { write: (line: string) => written.push(line) };
    const log = await createLog({
      level,
      format: 'json',
      colour: false,
      redactor: new Redactor(),
      destination,
    });
    const onStatus = logStatus(log);
    for (const event of events) onStatus(status(event));
    return written.map((line) => JSON.parse(line));
  }

  const life = (...lines: string[]): StatusEvent[] => [
    everyEvent['server-starting'],
    ...lines.map((line): StatusEvent => ({ type: 'server-stderr', line })),
    serverDown({ stderrTail: lines }),
  ];

  it('shows the stack once, and every crash', async () => {
    const stack = ['Error: boom', '    at x'];
    const records = await logged('info', ...life(...stack), ...life(...stack), ...life(...stack, 'new'));
    const lines = records.filter(({ event }) => event === 'server-stderr').map(({ line }) => line);
    expect(lines).toEqual([...stack, 'new']);
    expect(records.filter(({ event }) => event === 'server-down')).toHaveLength(3);
  });

  it('shows all of it to whoever asks for the debug level', async () => {
    const records = await logged('debug', ...life('a'), ...life('a'));
    const levels = records.filter(({ event }) => event === 'server-stderr').map((record) => record.level);
    expect(levels).toEqual(['info', 'debug']);
  });

  it('knows the endpoint although dialling is below its level', async () => {
    const { dialing, open } = everyEvent;
    expect(await logged('info', dialing, open)).toMatchObject([
      { event: 'open', endpoint: dialing.endpoint },
    ]);
  });
});
