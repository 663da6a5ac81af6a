import { describe, expect, test } from 'vitest';
import { ALERTS } from '../../../src/config/alert-defaults.js';
import { DialError } from '../../../src/protocol/errors.js';
import { AlertWorld, alertsPlan, OK, TELEGRAM, WEBHOOK } from '../../helpers/alert-world.js';
import { serverDown } from '../messages/events.js';

const { settleMs, gatherMs, lookMs } = ALERTS;
/** Until an alert is seen, gathered and sent. */
const SOON = gatherMs + 2 * lookMs;
const AFTER = 120_000;

describe('an alert', () => {
  test('comes when a link is down for long, with the reason, and once more when it works again', async () => {
    const world = new AlertWorld(['kitchen']);
    world.up('kitchen');
    await world.clock.advance(600_000);
    world.down('kitchen');
    await world.clock.advance(AFTER - lookMs);
    expect(world.sent).toEqual([]);
    await world.clock.advance(SOON + lookMs);
    expect(world.told).toEqual([['raised link-down kitchen']]);
    expect(world.bodies[0]!.text).toContain('🔴 Link kitchen has no connection');
    expect(world.bodies[0]!.text).toContain('the connection broke');
    await world.clock.advance(3_600_000);
    expect(world.sent).toHaveLength(1);
    world.up('kitchen');
    await world.clock.advance(settleMs + SOON);
    expect(world.told[1]).toEqual(['recovered link-down kitchen']);
    expect(world.bodies[1]!.text).toContain('🟢 Link kitchen is connected again');
    await world.clock.advance(3_600_000);
    expect(world.sent).toHaveLength(2);
    expect(world.alerts.open).toBe(0);
  });

  test('has no part of a secret that stands where a text is cut', async () => {
    const secret = 'q7Rk2mVx9TzB4nLw8Yh3';
    const world = new AlertWorld(['kitchen'], { secrets: [secret] });
    const stderrTail = [8, 12, 16].map((part) => `${'z'.repeat(300 - part)}${secret}`);
    world.up('kitchen');
    for (let failures = 1; failures < 8; failures++) {
      world.moveServer('waiting', 'kitchen');
      world.say(serverDown({ livedMs: 20_000, failures: 1, stderrTail }), 'kitchen');
      world.moveServer('starting', 'kitchen');
      world.moveServer('ready', 'kitchen');
      await world.clock.advance(20_000);
    }
    expect(world.sent.length).toBeGreaterThan(0);
    expect(JSON.stringify(world.bodies)).toMatch(/zzz/);
    expect(JSON.stringify(world.bodies)).not.toContain(secret.slice(0, 6));
  });

  test('comes at once for what waits for a person, and is over without a word', async () => {
    const world = new AlertWorld(['files']);
    world.up('files');
    await world.clock.advance(600_000);
    world.waits = [{ name: 'files: erase (k7f2mq)', text: 'mcp-pipe approve k7f2mq' }];
    world.alerts.touch();
    await world.clock.advance(SOON);
    expect(world.told).toEqual([['raised waits-for-person files: erase (k7f2mq)']]);
    expect(world.bodies[0]!.text).toContain('Waits for your approval: files: erase (k7f2mq)');
    expect(world.bodies[0]!.alerts[0]!.why).toBe('mcp-pipe approve k7f2mq');
    // The next one has an alert of its own, also right after it.
    world.waits = [{ name: 'files: erase (b3xxyz)', text: 'mcp-pipe approve b3xxyz' }];
    world.alerts.touch();
    await world.clock.advance(SOON);
    world.waits = [];
    world.alerts.touch();
    await world.clock.advance(3_600_000);
    expect(world.told.slice(1)).toEqual([['raised waits-for-person files: erase (b3xxyz)']]);
    expect(world.alerts.open).toBe(0);
  });

  test('comes for a login that ends soon, although the server works, and once more when there is another', async () => {
    const world = new AlertWorld(['notion']);
    const login = { server: 'notion', state: 'valid', renews: false, expiresAt: 0 } as const;
    world.logins = [{ ...login, neededSince: undefined, text: undefined }];
    world.up('notion');
    await world.clock.advance(600_000);
    expect(world.sent).toEqual([]);
    world.logins = [{ ...login, state: 'ending', neededSince: undefined, text: 'log in again' }];
    // Nothing happens meanwhile.
    await world.clock.advance(600_000 + SOON);
    expect(world.told).toEqual([['raised login-ending notion']]);
    expect(world.bodies[0]!.text).toContain('The login to server notion ends soon');
    expect(world.bodies[0]!.alerts[0]!.why).toBe('log in again');
    world.logins = [];
    await world.clock.advance(600_000 + settleMs + SOON);
    expect(world.told[1]).toEqual(['recovered login-ending notion']);
  });

  test('does not come for a short outage', async () => {
    const world = new AlertWorld(['kitchen']);
    world.up('kitchen');
    world.down('kitchen');
    await world.clock.advance(AFTER / 2);
    world.up('kitchen');
    await world.clock.advance(3_600_000);
    expect(world.sent).toEqual([]);
  });

  test('comes for a link that never came up', async () => {
    const world = new AlertWorld(['kitchen']);
    world.move('starting', 'kitchen');
    world.moveServer('ready', 'kitchen');
    world.move('dialing', 'kitchen');
    await world.clock.advance(AFTER + SOON);
    expect(world.told).toEqual([['raised link-down kitchen']]);
  });

  test('comes for a link that comes and goes, and is bounded', async () => {
    const world = new AlertWorld(['kitchen']);
    for (let i = 0; i < 360; i++) {
      if (i % 2 === 0) world.up('kitchen');
      else world.down('kitchen');
      await world.clock.advance(10_000);
    }
    expect(world.told).toEqual([['raised link-down kitchen']]);
    expect(world.bodies[0]!.text).toContain('In between it came back');
    world.up('kitchen');
    await world.clock.advance(settleMs + SOON);
    expect(world.told[1]).toEqual(['recovered link-down kitchen']);
  });

  test('does not come when mcp-pipe stops, or a link waits for its turn at the token', async () => {
    const world = new AlertWorld(['kitchen', 'office']);
    world.up('kitchen');
    world.move('waiting-for-lease', 'office');
    await world.clock.advance(600_000);
    world.move('draining', 'kitchen');
    world.move('closed', 'kitchen');
    await world.clock.advance(600_000);
    expect(world.sent).toEqual([]);
  });

  test('does not come for a link that the plan has no more', async () => {
    const world = new AlertWorld(['kitchen', 'office']);
    world.up('kitchen');
    world.up('office');
    world.down('kitchen');
    await world.clock.advance(AFTER / 2);
    world.snapshot.planned([{ name: 'office' }], []);
    world.move('draining', 'kitchen');
    world.move('closed', 'kitchen');
    await world.clock.advance(600_000);
    expect(world.sent).toEqual([]);
  });

  test('of a server that crashes names the server, and not its link as well', async () => {
    const world = new AlertWorld([{ name: 'mux', kind: 'mux', servers: ['music', 'memory'] }]);
    world.move('starting', 'mux');
    world.moveServer('ready', 'mux', 'memory');
    world.move('dialing', 'mux');
    world.move('open', 'mux');
    for (let i = 0; i < 4; i++) {
      world.moveServer('ready', 'mux', 'music');
      await world.clock.advance(20_000);
      world.crash('mux', 20_000, 'music');
      await world.clock.advance(2_000);
    }
    await world.clock.advance(SOON);
    expect(world.told).toEqual([['raised crash-loop music']]);
    expect(world.bodies[0]!.text).toContain('Link mux uses it.');
    expect(world.bodies[0]!.text).toContain('exit code 1');
  });

  test('of a token that another program uses comes at once and says so', async () => {
    const world = new AlertWorld(['kitchen']);
    world.up('kitchen');
    world.down('kitchen');
    world.say(
      { type: 'token-contention', times: 3, withinMs: 9_000, nextDialMs: 120_000, holder: undefined },
      'kitchen',
    );
    await world.clock.advance(SOON);
    expect(world.told).toEqual([['raised token-contention kitchen']]);
    expect(world.bodies[0]!.text).toContain('another program took this token over 3 times');
    await world.clock.advance(AFTER * 2);
    expect(world.sent).toHaveLength(1);
  });

  test('of a server that answers nothing comes after a minute, or at once when it was ended for it', async () => {
    const world = new AlertWorld(['kitchen']);
    world.up('kitchen');
    const silent = { unanswered: 1, pingMs: 30_000, method: 'tools/call', name: 'search', waitedMs: 60_000 };
    world.say({ type: 'server-silent', ...silent }, 'kitchen');
    await world.clock.advance(ALERTS.hungAfterMs / 2);
    expect(world.sent).toEqual([]);
    await world.clock.advance(ALERTS.hungAfterMs + SOON);
    expect(world.told).toEqual([['raised server-hung kitchen']]);
  });

  test('of a server that was ended because it was hung comes although it runs again at once', async () => {
    const world = new AlertWorld(['kitchen']);
    world.up('kitchen');
    world.moveServer('waiting', 'kitchen');
    world.say(serverDown({ why: 'hung', end: { kind: 'hung' }, livedMs: 900_000, failures: 1 }), 'kitchen');
    world.moveServer('ready', 'kitchen');
    await world.clock.advance(SOON);
    expect(world.told).toEqual([['raised server-hung kitchen']]);
    await world.clock.advance(2 * settleMs + SOON);
    expect(world.told[1]).toEqual(['recovered server-hung kitchen']);
    expect(world.bodies[1]!.text).toContain('🟢 Server kitchen works again');
  });

  test('that is open is followed by another one when more becomes known, and they end together', async () => {
    const world = new AlertWorld(['kitchen']);
    world.up('kitchen');
    world.down('kitchen');
    await world.clock.advance(AFTER + SOON);
    world.say(
      { type: 'token-contention', times: 3, withinMs: 9_000, nextDialMs: 120_000, holder: undefined },
      'kitchen',
    );
    await world.clock.advance(SOON);
    world.up('kitchen');
    world.say({ type: 'token-contention-over', openForMs: 120_000 }, 'kitchen');
    await world.clock.advance(settleMs + SOON);
    expect(world.told).toEqual([
      ['raised link-down kitchen'],
      ['raised token-contention kitchen'],
      ['recovered token-contention kitchen'],
    ]);
  });

  test('says in one message what falls together', async () => {
    const names = Array.from({ length: 12 }, (_, i) => `link-${i + 1}`);
    const world = new AlertWorld(names);
    for (const name of names) world.up(name);
    for (const name of names) world.down(name);
    await world.clock.advance(AFTER + SOON);
    expect(world.sent).toHaveLength(1);
    const [{ text, alerts }] = world.bodies as [(typeof world.bodies)[0]];
    expect(alerts).toHaveLength(12);
    expect(text).toContain('🔴 12 links have no connection: link-1, link-2');
    expect(text).toContain('and 4 more');
    expect(text.match(/the connection broke/g)).toHaveLength(1);
  });

  test('is written in the language of the plan', async () => {
    const world = new AlertWorld(['kitchen'], { plan: alertsPlan({ lang: 'vi' }) });
    world.up('kitchen');
    world.down('kitchen');
    await world.clock.advance(AFTER + SOON);
    expect(world.bodies[0]!.text).toContain('Link kitchen đang mất kết nối');
    expect(world.bodies[0]!.text).toContain('kết nối bị đứt đột ngột');
  });

  test('of a kind that is not asked for does not come', async () => {
    const world = new AlertWorld(['kitchen'], { plan: alertsPlan({ on: ['crash-loop'] }) });
    world.up('kitchen');
    world.down('kitchen');
    await world.clock.advance(600_000);
    expect(world.sent).toEqual([]);
  });
});

describe('delivery', () => {
  const failing = async (more: ConstructorParameters<typeof AlertWorld>[1] = {}) => {
    const world = new AlertWorld(['kitchen'], more);
    world.up('kitchen');
    world.down('kitchen');
    return world;
  };

  test('waits as long as the receiver asks, and sends the same message again', async () => {
    const world = await failing();
    world.answer = (count) => (count === 1 ? { status: 429, retryAfterMs: 90_000, body: '' } : OK);
    await world.clock.advance(AFTER + SOON);
    expect(world.sent).toHaveLength(1);
    await world.clock.advance(80_000);
    expect(world.sent).toHaveLength(1);
    await world.clock.advance(15_000);
    expect(world.told).toEqual([['raised link-down kitchen'], ['raised link-down kitchen']]);
    expect(world.bodies[1]!.id).toBe(world.bodies[0]!.id);
    expect(world.reports.map(({ code }) => code)).toEqual(['ALERT_UNDELIVERED', 'ALERT_DELIVERED']);
  });

  test('obeys the pause of Telegram', async () => {
    const world = await failing({ plan: alertsPlan({ channels: [TELEGRAM] }) });
    const body = JSON.stringify({ ok: false, error_code: 429, parameters: { retry_after: 40 } });
    world.answer = (count) => (count === 1 ? { status: 429, retryAfterMs: undefined, body } : OK);
    await world.clock.advance(AFTER + SOON + 30_000);
    expect(world.sent).toHaveLength(1);
    await world.clock.advance(15_000);
    expect(world.sent).toHaveLength(2);
  });

  test('keeps an alert while the network is gone, and tells the whole story afterwards', async () => {
    const world = await failing();
    world.answer = () => new DialError('no answer', { reason: 'ENOTFOUND' });
    await world.clock.advance(3_600_000);
    const tries = world.sent.length;
    expect(tries).toBeGreaterThan(10);
    expect(tries).toBeLessThan(30);
    expect(world.reports).toHaveLength(1);
    expect(world.reports[0]!.text).toContain('receiver cannot be reached (ENOTFOUND)');
    world.up('kitchen');
    await world.clock.advance(settleMs + SOON);
    world.answer = () => OK;
    await world.clock.advance(ALERTS.longestRetryMs + SOON);
    const last = world.bodies.at(-1)!;
    expect(last.alerts).toMatchObject([{ state: 'recovered', subject: { name: 'kitchen' } }]);
    expect(last.text).toContain('the connection broke');
    await world.clock.advance(3_600_000);
    expect(world.bodies.at(-1)!.id).toBe(last.id);
  });

  test('says once in the log why a receiver refuses, and drops the alert', async () => {
    const world = await failing({ plan: alertsPlan({ channels: [TELEGRAM] }) });
    const body = JSON.stringify({ ok: false, error_code: 400, description: 'Bad Request: chat not found' });
    world.answer = () => ({ status: 400, retryAfterMs: undefined, body });
    await world.clock.advance(AFTER + SOON);
    world.up('kitchen');
    await world.clock.advance(settleMs + SOON);
    world.down('kitchen');
    await world.clock.advance(AFTER + SOON);
    expect(world.reports.map(({ code }) => code)).toEqual(['ALERT_REJECTED']);
    expect(world.reports[0]!.text).toContain('correct "chatId"');
    // The end of an alert that never arrived is not sent.
    expect(world.sent).toHaveLength(2);
  });

  test('has at most so many messages in a while, and none is lost', async () => {
    const names = Array.from({ length: 30 }, (_, i) => `link-${i + 1}`);
    const world = new AlertWorld(names);
    for (const name of names) world.up(name);
    for (const name of names) {
      world.down(name);
      await world.clock.advance(20_000);
    }
    await world.clock.advance(AFTER + ALERTS.windowMs);
    expect(world.sent.length).toBeLessThanOrEqual(2 * ALERTS.mostInWindow);
    expect(new Set(world.told.flat()).size).toBe(30);
  });

  test('goes on under another plan without saying anything twice', async () => {
    const world = await failing();
    await world.clock.advance(AFTER + SOON);
    world.alerts.use(alertsPlan({ channels: [WEBHOOK, TELEGRAM], name: 'vps-2' }));
    await world.clock.advance(600_000);
    expect(world.sent).toHaveLength(1);
    world.up('kitchen');
    await world.clock.advance(settleMs + SOON);
    // Telegram never heard of the alert.
    expect(world.sent.map(({ channel }) => channel)).toEqual(['webhook', 'webhook']);
    expect(world.bodies[1]).toMatchObject({ name: 'vps-2' });
  });

  test('sends what is left when mcp-pipe stops, and does not wait for a receiver that is stuck', async () => {
    const world = await failing();
    await world.clock.advance(AFTER + 2 * lookMs);
    expect(world.sent).toEqual([]);
    await world.alerts.close();
    expect(world.told).toEqual([['raised link-down kitchen']]);

    const stuck = await failing();
    stuck.answer = () => new Promise(() => {});
    await stuck.clock.advance(AFTER + SOON);
    expect(stuck.sent).toHaveLength(1);
    let isClosed = false;
    const closed = stuck.alerts.close().then(() => {
      isClosed = true;
    });
    await stuck.clock.advance(ALERTS.flushMs - 1);
    expect(isClosed).toBe(false);
    await stuck.clock.advance(1);
    await closed;
  });

  test('shows no secret, whatever a server writes', async () => {
    const secrets = ['hunter2-hunter2', 'AAsecretsecretsecret'];
    const world = new AlertWorld(['kitchen'], { secrets, plan: alertsPlan({ name: 'box hunter2-hunter2' }) });
    world.move('starting', 'kitchen');
    for (let i = 0; i < 4; i++) {
      world.moveServer('ready', 'kitchen');
      await world.clock.advance(1_000);
      world.moveServer('waiting', 'kitchen');
      world.say(
        {
          ...{
            type: 'server-down',
            serverKind: 'stdio',
            why: 'exited',
            end: { kind: 'process', exitCode: 1 },
          },
          ...{ livedMs: 1_000, failures: i + 1, nextStartMs: 1_000, pendingFailed: 0 },
          stderrTail: ['login with hunter2-hunter2 and AAsecretsecretsecret \u001b[2J failed'],
        },
        'kitchen',
      );
      await world.clock.advance(1_000);
    }
    await world.clock.advance(SOON);
    expect(world.told).toEqual([['raised crash-loop kitchen']]);
    expect(world.bodies[0]!.text).toContain('login with [redacted]');
    for (const secret of secrets) expect(JSON.stringify(world.sent)).not.toContain(secret);
    expect(world.bodies[0]!.text).not.toContain('\u001b');
  });
});
