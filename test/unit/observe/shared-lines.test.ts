import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatReport } from '../../../src/cli/commands/health-text.js';
import { displayWidth } from '../../../src/observe/display-width.js';
import { Health } from '../../../src/observe/health.js';
import type { KnownLink } from '../../../src/observe/link-record.js';
import { liveLines } from '../../../src/observe/live-lines.js';
import { Snapshot } from '../../../src/observe/snapshot.js';
import type { LinkState, Status, StatusEvent } from '../../../src/protocol/status.js';
import { agentsOf, ofServer } from '../../helpers/agents.js';
import { runs } from '../../helpers/runs.js';
import { diagnosis, down, everyEvent, serverDown } from '../messages/events.js';

const move = (to: LinkState): StatusEvent => ({ type: 'link-state', from: 'idle', to });
const open = [move('starting'), move('dialing'), move('open'), everyEvent['client-initialized']];
const lost = [down(diagnosis('replaced'), { nextDialMs: 180_000 }), move('waiting')];
const crash = serverDown({ nextStartMs: 4_000 });

/** Links whose servers are ready, which are open and asked, all at 0; then what is told. */
function worldOf(links: readonly KnownLink[]) {
  const snapshot = new Snapshot(links, () => 0);
  const health = new Health(snapshot, 0, (text) => text, 'en');
  const tell = (statuses: readonly Status[]) => {
    for (const status of statuses) {
      snapshot.onStatus(status);
      health.onStatus(status);
    }
  };
  const ofLink = (link: string, ...events: readonly StatusEvent[]) =>
    tell(events.map((event) => ({ at: 0, link, ...event })));
  const of = (server: string, ...events: readonly StatusEvent[]) => {
    const users = links.filter(({ servers }) => servers!.includes(server));
    for (const event of events) tell(ofServer(users, server, event));
  };
  for (const server of new Set(links.flatMap(({ servers = [] }) => servers)))
    of(server, everyEvent['server-starting'], everyEvent['server-ready']);
  for (const { name } of links) ofLink(name, ...open);
  return {
    ...{ of, ofLink },
    live: (now = 500, size = { columns: 80, rows: 24 }) =>
      liveLines({ ...size, links: snapshot.links, now, colour: false }).lines,
    text: (size?: { columns: number; rows: number }) => formatReport(health.report(1, 60_000), 'en', size),
  };
}

describe('the lines on a terminal', () => {
  it('show a server that several agents use once, and below them', () => {
    const { live, of, ofLink } = worldOf(agentsOf(2, 2));
    ofLink('agent-2', ...lost);
    of('server-1', crash);
    expect(live(500, { columns: 120, rows: 24 })).toEqual([
      '✓ agent-1   connected, asked by xz-mcp-broker  1/2 servers ready',
      '✗ agent-2   waiting: next try in 3 min [replaced]  1/2 servers ready',
      '✗ server-1  server down: next start in 4 s  used by agent-1, agent-2',
      '✓ server-2  ready  Calculator, pid 123, used by agent-1, agent-2',
    ]);
  });

  it('show one trouble when the only server of many agents is down', () => {
    const { live, of } = worldOf(agentsOf(20, 1));
    of('server-1', crash);
    expect(live()).toEqual([
      '20 links, all waiting for a server',
      '✗ server-1  server down: next start in 4 s  used by 20 agents',
    ]);
  });

  it('show servers of one agent below it, and an agent with one server by both names', () => {
    const { live } = worldOf([
      { name: 'kitchen', agent: 'kitchen', kind: 'mux', servers: ['music', 'memory@kitchen'] },
      { name: 'hall', kind: 'pipe', servers: ['music'] },
    ]);
    expect(live(500, { columns: 120, rows: 24 })).toEqual([
      '✓ kitchen           connected, asked by xz-mcp-broker  2 servers on one connection',
      '✓   memory@kitchen  ready  Calculator, pid 123',
      '✓ hall/music        connected, asked by xz-mcp-broker',
      '✓ music             ready  Calculator, pid 123, used by kitchen, hall',
      'Ctrl-C stops',
    ]);
  });

  it('name trouble first, and sum up the rest, with twenty agents of six servers', () => {
    const { live, of, ofLink } = worldOf(agentsOf(20, 6));
    ofLink('agent-17', ...lost);
    of('server-6', crash);
    const lines = live();
    expect(lines).toHaveLength(16);
    expect(lines[0]).toBe('✗ agent-17  waiting: next try in 3 min [replaced]  5/6 servers ready');
    expect(lines[1]).toBe('✓ agent-1   connected, asked by xz-mcp-broker  5/6 servers ready');
    expect(lines[9]).toBe('+ 11 more links, all connected');
    expect(lines[15]).toMatch(/^✗ server-6 {2}server down: next start in 4 s {2}used by 20 agents/);
    expect(lines.filter((line) => line.startsWith('✗'))).toHaveLength(2);
  });

  it('show each server once when all is well', () => {
    const { live } = worldOf(agentsOf(20, 6));
    const lines = live(60_000);
    expect(lines[0]).toMatch(/^✓ agent-1 +connected, asked by xz-mcp-broker {2}for 60 s, 6 servers on one/);
    expect(lines[8]).toBe('+ 12 more links, all connected');
    expect(lines.slice(9)).toEqual([
      ...[1, 2, 3, 4, 5, 6].map(
        (n) => `✓ server-${n}  ready  used by 20 agents, for 60 s, Calculator, pid 123`,
      ),
      'Ctrl-C stops',
    ]);
  });

  it('count each server once while it stops, and not while others use it', () => {
    const links = agentsOf(20, 6);
    const { live, ofLink } = worldOf(links);
    ofLink('agent-1', move('draining'));
    expect(live().at(-1)).not.toContain('Stopping');
    for (const { name } of links) ofLink(name, move('draining'));
    expect(live().at(-1)).toBe('Stopping: 6 servers being ended; Ctrl-C again to stop now');
    expect(live()[0]).toBe('… agent-1   stopping');
  });

  it('fit into any terminal, whatever happens', () => {
    const happening = fc.record({
      ...{ who: fc.nat(19), server: fc.nat(5), isServer: fc.boolean() },
      event: fc.constantFrom('down', 'silent', 'starting', 'draining', 'waiting', 'crash'),
    });
    const events: Record<string, readonly [ofLink: readonly StatusEvent[], ofServer: StatusEvent]> = {
      down: [lost, crash],
      silent: [[everyEvent['lease-waiting'], move('waiting-for-lease')], everyEvent['server-silent']],
      starting: [[move('dialing')], everyEvent['server-starting']],
      draining: [[move('draining')], everyEvent['server-idle-stopped']],
      waiting: [[everyEvent['token-contention'], ...lost], everyEvent['server-refused']],
      crash: [[down(diagnosis('refused'), { attempt: 3 })], serverDown({ livedMs: 2_000 })],
    };
    fc.assert(
      fc.property(
        fc.array(happening, { maxLength: 30 }),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 20, max: 120 }),
        (happened, rows, columns) => {
          const { live, of, ofLink } = worldOf(agentsOf(20, 6));
          for (const { who, server, isServer, event } of happened) {
            const [ofThisLink, ofThisServer] = events[event]!;
            if (isServer) of(`server-${server + 1}`, ofThisServer);
            else ofLink(`agent-${who + 1}`, ...ofThisLink);
          }
          const lines = live(500, { columns, rows });
          expect(lines.length).toBeLessThanOrEqual(Math.max(0, Math.min(rows - 2, (rows * 2) / 3)));
          for (const line of lines) expect(displayWidth(line)).toBeLessThan(columns);
        },
      ),
      { numRuns: runs(100) },
    );
  });
});

describe('the text of health', () => {
  const SHARED = 'Shared servers, each one process:';

  it('has a line for each agent, and one for each server that several use', () => {
    const { text, of, ofLink } = worldOf(agentsOf(2, 2));
    ofLink('agent-2', ...lost);
    of('server-1', crash);
    expect(text().split('\n')).toEqual([
      'agent-1     works for 60 s  1 of 2 servers ready',
      expect.stringMatching(
        /^agent-2 {5}waiting for 60 s {2}1 of 2 servers ready {2}Disconnected after 3 s: /,
      ),
      '',
      SHARED,
      expect.stringMatching(/^ {2}server-1 {2}down .* {2}used by all 2 agents {2}The server ended with /),
      '  server-2  ready (Calculator) for 60 s  pid 123  used by all 2 agents',
      '',
    ]);
    expect(text().split('[replaced]')).toHaveLength(2);
    expect(text().split('The server ended with')).toHaveLength(2);
  });

  it('says which servers an agent has when it has not all of them', () => {
    const { text } = worldOf([
      { name: 'kitchen', agent: 'kitchen', kind: 'mux', servers: ['music', 'memory', 'lights'] },
      { name: 'hall', agent: 'hall', kind: 'mux', servers: ['music', 'memory'] },
      { name: 'attic', agent: 'attic', kind: 'mux', servers: ['lights', 'music'] },
    ]);
    const lines = text().split('\n');
    expect(lines[1]).toContain('2 of 2 servers ready (music, memory)');
    expect(lines.find((line) => line.startsWith('  music'))).toContain('used by all 3 agents');
    expect(lines.find((line) => line.startsWith('  lights'))).toContain('used by 2 agents (all but hall)');
  });

  it('names agents of which there is nothing to say in one line when the terminal is too low', () => {
    const { text, of, ofLink } = worldOf(agentsOf(20, 6));
    ofLink('agent-17', ...lost);
    of('server-6', crash);
    expect(
      text()
        .split('\n')
        .filter((line) => line.startsWith('agent-')),
    ).toHaveLength(20);
    const lines = text({ columns: 80, rows: 24 }).trimEnd().split('\n');
    expect(lines.filter((line) => line.startsWith('agent-'))).toHaveLength(1);
    expect(lines.filter((line) => line.includes('19 agents working: agent-1, agent-2,'))).toHaveLength(1);
    expect(lines.join(' ').replace(/ +/g, ' ').split('The server ended with exit code 1')).toHaveLength(2);
    expect(lines.length).toBeLessThanOrEqual(24);
    for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(80);
    expect(lines).toContain(SHARED);
  });

  it('names agents that only lack a server in one line as well', () => {
    const { text, of } = worldOf(agentsOf(30, 1));
    of('server-1', crash);
    const [first] = text({ columns: 80, rows: 24 }).split('\n');
    expect(first).toMatch(/^30 agents without a working server: agent-1, agent-2,/);
  });
});
