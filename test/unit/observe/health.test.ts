import { expect, it } from 'vitest';
import type { Lang } from '../../../src/messages/index.js';
import { Health } from '../../../src/observe/health.js';
import { Snapshot } from '../../../src/observe/snapshot.js';
import type { Status, StatusEvent } from '../../../src/protocol/status.js';
import { asTold, everyEvent, serverDown } from '../messages/events.js';

const starting = everyEvent['server-starting'];
const ready = everyEvent['server-ready'];

/** A link alone and one of several: what is said of the server after these events, each a second after the other. */
function whyOf(events: readonly StatusEvent[], { lang = 'en' as Lang, laterMs = 0 } = {}) {
  return [undefined, 'calc'].map((server) => {
    const plan = server === undefined ? 'calc' : { name: 'mux', servers: [server, 'b'] };
    const now = events.length * 1_000 + laterMs;
    const snapshot = new Snapshot([plan], () => now);
    const health = new Health(snapshot, 0, (text) => text.replaceAll('hush', '***'), lang);
    for (const [i, event] of events.entries()) {
      const status: Status = { at: (i + 1) * 1_000, link: server ? 'mux' : 'calc', ...event };
      const whole = server === undefined ? status : { ...status, server };
      for (const one of asTold(whole)) {
        snapshot.onStatus(one);
        health.onStatus(one);
      }
    }
    const [link] = health.report(1, now).links;
    return server === undefined
      ? { state: link!.server, why: link!.serverWhy, exit: link!.lastExit }
      : { state: link!.members![0]!.state, why: link!.members![0]!.why, exit: link!.members![0]!.lastExit };
  });
}

it('repeats the words of a server that refuses initialize, without secrets and escapes', () => {
  const refused = { ...everyEvent['server-refused'], message: 'no \u001b[2Jhush' } as StatusEvent;
  for (const { state, why } of whyOf([starting, refused])) {
    expect(state).toBe('refusing');
    expect(why).toContain('refused initialize: "no \\u001b[2J***"');
  }
});

it('says of a silent server for how long it has been by now, and nothing once it speaks', () => {
  const silent = everyEvent['server-silent'];
  for (const { state, why } of whyOf([starting, ready, silent], { laterMs: 60_000 })) {
    expect(state).toBe('silent');
    expect(why).toContain('not answered a ping for 90 s, nor "search" (tools/call) for 2 min');
  }
  for (const { state, why } of whyOf([starting, ready, silent, everyEvent['server-responding']])) {
    expect([state, why]).toEqual(['ready', undefined]);
  }
});

it('counts the crashes of one that was ready in between, and promises no start while it runs', () => {
  const crash = [starting, ready, serverDown({ livedMs: 20_000, failures: 1, nextStartMs: 4_000 })];
  const crashes = [...crash, ...crash, ...crash, ...crash];
  for (const { state, why, exit } of whyOf(crashes)) {
    expect(state).toBe('crashing');
    expect(why).toContain('It has crashed 4 times in a row; next start in 4 s.');
    expect(exit).toMatchObject({ exitCode: 1, text: 'The server ended with exit code 1 after 20 s.' });
  }
  for (const { state, why } of whyOf([...crashes, starting, ready])) {
    expect(state).toBe('crashing');
    expect(why).toContain('ended with exit code 1');
    expect(why).not.toContain('next start');
  }
  for (const { exit } of whyOf(crashes, { lang: 'vi' })) expect(exit!.text).toContain('đã thoát với mã 1');
});
