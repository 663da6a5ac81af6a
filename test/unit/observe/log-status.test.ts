import { describe, expect, it } from 'vitest';
import { createLog } from '../../../src/observe/log.js';
import { logStatus } from '../../../src/observe/log-status.js';
import { Redactor } from '../../../src/observe/redact.js';
import type { Status, StatusEvent } from '../../../src/protocol/status.js';
import { ManualClock } from '../../helpers/manual-clock.js';
import { everyEvent } from './events.js';

async function logged(format: 'json' | 'pretty', ...statuses: Status[]): Promise<string[]> {
  const written: string[] = [];
  const destination = { write: (line: string) => written.push(line) };
  const redactor = new Redactor(['made-up-secret']);
  const log = await createLog({ level: 'info', format, colour: false, redactor, destination });
  const onStatus = logStatus(log, { clock: new ManualClock() });
  for (const status of statuses) onStatus(status);
  return written;
}

const of = (event: StatusEvent, server?: string, link = 'mux'): Status => ({
  ...{ at: 1, link },
  ...(server === undefined ? {} : { server }),
  ...event,
});

describe('the log of a link with several servers', () => {
  it('names the server behind the link, and the link alone for the connection', async () => {
    const lines = await logged(
      'pretty',
      of(everyEvent['server-ready'], 'memory'),
      of(everyEvent.open),
      of(everyEvent['server-ready'], 'memory', 'memory'),
    );
    expect(lines.map((line) => /\] \w+: (\[[^\]]*\])/.exec(line)?.[1])).toEqual([
      '[mux/memory]',
      '[mux]',
      '[memory]',
    ]);
  });

  it('tells programs both', async () => {
    const [first, second] = await logged('json', of(everyEvent['result-cut'], 'memory'), of(everyEvent.open));
    expect(JSON.parse(first!)).toMatchObject({
      ...{ level: 'warn', link: 'mux', server: 'memory', event: 'result-cut' },
      ...{ name: 'read_file', bytes: 20_000, maxBytes: 8_192 },
    });
    expect(JSON.parse(second!)).not.toHaveProperty('server');
  });

  it('keeps the flood of one server from hiding the others', async () => {
    const flood = Array.from({ length: 500 }, () => of(everyEvent['server-stderr'], 'noisy'));
    const lines = (await logged('json', ...flood, of(everyEvent['server-stderr'], 'quiet'))).map((line) =>
      JSON.parse(line),
    );
    expect(lines.filter(({ server }) => server === 'noisy').length).toBeLessThan(200);
    expect(lines.filter(({ server }) => server === 'quiet')).toHaveLength(1);
    const ended = await logged('json', ...flood, of({ type: 'link-state', from: 'open', to: 'closed' }));
    expect(JSON.parse(ended.at(-1)!)).toMatchObject({
      ...{ event: 'left-out', link: 'mux', server: 'noisy' },
      msg: '400 stderr lines of mux/noisy were left out of the log',
    });
  });

  it('compares the crashes of each server with its own', async () => {
    const crash = (server: string) => [
      of(everyEvent['server-starting'], server),
      of({ type: 'server-stderr', line: `${server} is broken` }, server),
      of(everyEvent['server-down'], server),
    ];
    const lines = await logged('json', ...crash('a'), ...crash('b'), ...crash('a'), ...crash('b'));
    const said = lines.map((line) => JSON.parse(line)).filter(({ event }) => event === 'server-stderr');
    expect(said.map(({ line }) => line)).toEqual(['a is broken', 'b is broken']);
  });

  it('has no secret in the names that servers give', async () => {
    const name = 'made-up-secret';
    const lines = await logged(
      'json',
      of({ ...everyEvent['call-timeout'], name }, 'a'),
      of({ ...everyEvent['name-hidden'], name }, 'a'),
      of({ ...everyEvent['result-cut'], name }, 'a'),
      of({ ...everyEvent['tools-over-budget'], largest: [{ name, bytes: 5 }] }),
    );
    expect(lines).toHaveLength(4);
    expect(lines.join()).not.toContain(name);
  });
});
