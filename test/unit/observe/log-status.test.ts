import { describe, expect, it } from 'vitest';
import { formatEvent } from '../../../src/messages/status-words.js';
import { formatCause } from '../../../src/messages/words.js';
import { createLog } from '../../../src/observe/log.js';
import { logStatus } from '../../../src/observe/log-status.js';
import { Redactor } from '../../../src/observe/redact.js';
import type { Status, StatusEvent } from '../../../src/protocol/status.js';
import { agentsOf, ofServer } from '../../helpers/agents.js';
import { ManualClock } from '../../helpers/manual-clock.js';
import { everyEvent } from '../messages/events.js';

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

describe('the log as JSON', () => {
  it('has the former word of an event or state beside the new one', async () => {
    const lines = await logged(
      'json',
      of(everyEvent['client-initialized']),
      of(everyEvent.open),
      of({ type: 'regrouped', why: 'waiting-for-lease', into: 'one', servers: ['two'] }),
    );
    const words = lines.map((line) => JSON.parse(line)).map(({ event, formerly }) => [event, formerly]);
    expect(words).toEqual([
      ['client-initialized', 'greeted'],
      ['open', undefined],
      ['regrouped', 'parked'],
    ]);
  });

  it('names a client that has connected as such, and at debug alone', async () => {
    const accepted = of({ ...everyEvent['client-initialized'], isAccepted: true });
    expect(await logged('json', accepted)).toEqual([]);
    expect(await logged('json', of({ ...everyEvent['server-kept'], isAccepted: true }))).toEqual([]);
    expect(formatEvent(accepted, { lang: 'en' })).toContain('The client (xz-mcp-broker) got its answer');
  });

  it('has the former name of a field beside the new one', async () => {
    const [line] = await logged('json', of(everyEvent['lease-yielded']));
    const { newHolder, taker } = JSON.parse(line!);
    expect(newHolder).toMatchObject({ pid: 412 });
    expect(taker).toEqual(newHolder);
  });

  it('has it too where it says how many of a kind were left out', async () => {
    const written: string[] = [];
    const destination = { write: (line: string) => written.push(line) };
    const redactor = new Redactor([]);
    const log = await createLog({ level: 'info', format: 'json', colour: false, redactor, destination });
    const clock = new ManualClock();
    const onStatus = logStatus(log, { clock });
    for (let i = 0; i < 200; i++) onStatus(of(everyEvent['invalid-message']));
    await clock.advance(60_000);
    const leftOut = written.map((line) => JSON.parse(line)).find(({ event }) => event === 'left-out');
    expect(leftOut).toMatchObject({ kind: 'invalid-message', formerly: 'noise' });
    expect(leftOut.dropped).toBeGreaterThan(0);
  });
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

describe('advice', () => {
  const down = everyEvent.down;

  it('on a server that refuses initialize is given once, whatever number of connections ask it', async () => {
    const refused = of({ type: 'server-refused', code: -32000, message: 'not logged in' }, 'memory');
    const written = await logged('pretty', refused, refused);
    expect(written.map((line) => line.includes('refused initialize: "not logged in" (-32000).'))).toEqual([
      true,
      true,
    ]);
    expect(written.map((line) => line.includes('See what the error says'))).toEqual([true, false]);
  });

  it('is given once for the same cause, and again after an hour', async () => {
    const written: string[] = [];
    const log = await createLog({
      ...{ level: 'info', format: 'pretty', colour: false, redactor: new Redactor([]) },
      destination: { write: (line: string) => written.push(line) },
    });
    const clock = new ManualClock();
    const onStatus = logStatus(log, { clock });
    const advice = formatCause(down.diagnosis, 'en').next;
    for (const link of ['a', 'a', 'b', 'a'])
      onStatus(of({ ...down, attempt: written.length + 1 }, undefined, link));
    expect(written.map((line) => line.includes(advice))).toEqual([true, false, true, false]);
    expect(
      written.every((line) => line.includes(`[${down.diagnosis.cause}]`) && /[Nn]ext try/.test(line)),
    ).toBe(true);
    await clock.advance(3_600_000);
    onStatus(of(down, undefined, 'a'));
    expect(written.at(-1)).toContain(advice);
  });

  it('of another cause is news', async () => {
    const other = { ...down, diagnosis: { ...down.diagnosis, cause: 'unreachable' as const } };
    const [first, second] = await logged('pretty', of(down), of(other));
    expect(first).toContain(formatCause(down.diagnosis, 'en').next);
    expect(second).toContain(formatCause(other.diagnosis, 'en').next);
  });

  it('for a crash, and what the server said last, are given once', async () => {
    const crash = {
      ...everyEvent['server-down'],
      why: 'exited' as const,
      failures: 1,
      stderrTail: ['Error: the port is taken'],
    };
    const lines = await logged('pretty', of(crash, 'a'), of({ ...crash, failures: 2 }, 'a'), of(crash, 'b'));
    expect(lines.map((line) => line.includes('the port is taken'))).toEqual([true, false, true]);
  });
});

describe('the log on a terminal', () => {
  it('breaks lines between words, and indents what follows', async () => {
    const written: string[] = [];
    const log = await createLog({
      ...{ level: 'info', format: 'pretty', colour: false, redactor: new Redactor([]), columns: () => 60 },
      destination: { write: (line: string) => written.push(line) },
    });
    logStatus(log)(of(everyEvent.down));
    const lines = written.join('').trimEnd().split('\n');
    expect(lines.length).toBeGreaterThan(2);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(60);
    for (const line of lines.slice(1)) expect(line).toMatch(/^ {4}\S/);
    const inOne = (await logged('pretty', of(everyEvent.down))).join('').trim();
    expect(
      lines
        .map((line) => line.trim())
        .join(' ')
        .slice(15),
    ).toBe(inOne.slice(15));
  });
});

describe('the log of a server that several links use', () => {
  const links = agentsOf(3, 2);
  const [first, second] = links.map(({ name }) => name);

  it('has one line for an event of it, labelled with the server, and all links in the fields', async () => {
    const told = ofServer(links, 'server-1', everyEvent['server-down']);
    const [text, ...others] = await logged('pretty', ...told);
    expect(others).toEqual([]);
    expect(text).toContain('ERROR: [server-1] The server ended with exit code 1');
    const [line] = await logged('json', ...told);
    const { link, server, links: users, alsoLinks } = JSON.parse(line!);
    expect({ link, server, users, alsoLinks }).toEqual({
      ...{ link: 'agent-1', server: 'server-1', alsoLinks: undefined },
      users: ['agent-1', 'agent-2', 'agent-3'],
    });
  });

  it('has fields as before for a server that one link uses', async () => {
    const [line] = await logged(
      'json',
      ...ofServer(links.slice(0, 1), 'server-1', everyEvent['server-ready']),
    );
    expect(JSON.parse(line!)).not.toHaveProperty('links');
    const [text] = await logged(
      'pretty',
      ...ofServer(links.slice(0, 1), 'server-1', everyEvent['server-ready']),
    );
    expect(text).toContain('[agent-1/server-1] ');
  });

  it('gives an advice once, and limits its lines together, whichever link comes first', async () => {
    const stderr = { ...everyEvent['server-stderr'], line: 'noise' } as StatusEvent;
    const flood = Array.from({ length: 300 }, (_, i) =>
      ofServer(i % 2 === 0 ? links : [...links].reverse(), 'server-1', stderr),
    );
    expect(await logged('json', ...flood.flat())).toHaveLength(100);
    const crash = everyEvent['server-down'];
    const texts = await logged(
      'pretty',
      ...ofServer(links, 'server-1', crash),
      ...ofServer([...links].reverse(), 'server-1', crash),
    );
    expect(texts.map((text) => text.includes('Try it alone in a terminal'))).toEqual([true, false]);
  });

  it('tells at the debug level that a link begins to use a server that others use', async () => {
    const kept = { ...everyEvent['server-kept'], others: 1 } as StatusEvent;
    expect(await logged('pretty', of(kept, 'server-1', second))).toEqual([]);
    const [moved] = await logged('pretty', of(everyEvent['server-kept'], 'server-1', second));
    expect(moved).toContain('now belongs to this link');
  });

  it('has a fault of its lists once, although each link reports it', async () => {
    const running = ofServer(links, 'server-1', everyEvent['server-ready']);
    const faults = everyEvent['list-faults'];
    const lines = await logged(
      'pretty',
      ...running,
      ...links.map(({ name }) => of(faults, 'server-1', name)),
      of(faults, 'server-2', first),
    );
    expect(lines.slice(1).map((line) => /\[[^\]]*\/[^\]]*\]/.exec(line)![0])).toEqual([
      '[agent-1/server-1]',
      '[agent-1/server-2]',
    ]);
  });
});
