import { describe, expect, onTestFinished, test } from 'vitest';
import { logObserverFailure } from '../../src/cli/logging.js';
import { App, type AppOptions } from '../../src/daemon/app.js';
import type { Lang } from '../../src/messages/index.js';
import type { HealthReport } from '../../src/observe/health.js';
import { createLog } from '../../src/observe/log.js';
import { logStatus } from '../../src/observe/log-status.js';
import type { Observer } from '../../src/observe/observer.js';
import { Redactor } from '../../src/observe/redact.js';
import type { Status } from '../../src/protocol/status.js';
import { eventually } from '../helpers/eventually.js';
import { FakeEndpoint } from '../helpers/fake-endpoint.js';
import { planLink, planOf } from '../helpers/link.js';

/** In the order in which they are told; the last one is this test's own. */
const NAMES = ['snapshot', 'health', 'log', 'mine'];
/** All that an app has, in order: the two between them stand for the feed, and show nothing by themselves. */
const ORDER = ['snapshot', 'health', 'apart-servers', 'changes', 'log', 'mine', 'witness'];

/** Every observer of a run that writes to `lines`, and one that keeps what it heard. */
async function appWithAll(lang: Lang = 'en', more: Partial<AppOptions> = {}) {
  const fake = await FakeEndpoint.start();
  const lines: Record<string, unknown>[] = [];
  const heard: Status['type'][] = [];
  const reports: HealthReport[] = [];
  const log = await createLog({
    ...{ level: 'debug', format: 'json', colour: false, redactor: new Redactor([]) },
    destination: { write: (line) => void lines.push(JSON.parse(line)) },
  });
  const app = new App(planOf([planLink({ endpoint: fake.endpoint(), server: ['basic.mjs'] })]), {
    observers: [
      { name: 'log', onStatus: logStatus(log) },
      { name: 'mine', onStatus: ({ type }) => void heard.push(type) },
    ],
    onObserverFailed: logObserverFailure(log.log, lang),
    ...more,
  });
  // What health reports while the connection is lost, after all of them have been told.
  app.observers.push({
    name: 'witness',
    onStatus: (status) =>
      void (status.type === 'link-state' && status.to === 'waiting' && reports.push(app.watch.health())),
  });
  onTestFinished(async () => {
    app.force();
    await app.stop();
    await fake.close();
  });
  return { app, fake, lines, heard, reports };
}

/** Serves a call, loses its connection, and serves another one with the same server. */
async function serves(fake: FakeEndpoint): Promise<void> {
  const first = await fake.connection();
  await first.greet();
  expect(await first.tool(1, 'counter')).toBe('1');
  first.drop();
  const second = await fake.connection(1);
  await second.greet();
  expect(await second.tool(2, 'counter')).toBe('2');
}

type World = Awaited<ReturnType<typeof appWithAll>>;

/** What each observer has to show for itself after `serves`, without the one of that name. */
const SHOWS: Record<string, (world: World, without: string) => void> = {
  snapshot: ({ app }) => expect(app.watch.links[0]!.state).toBe('open'),
  health: ({ app, reports }, without) => {
    // The state of links is the snapshot's; health adds why they are not connected.
    const seen = without !== 'snapshot';
    const link = { name: 'server', failed: false };
    expect(reports).toMatchObject([
      {
        healthy: true,
        links: [
          {
            ...{ ...link, state: seen ? 'waiting' : 'idle' },
            connectionWhy: seen ? expect.stringContaining('[connection-lost]') : undefined,
          },
        ],
      },
    ]);
    expect(app.watch.health()).toMatchObject({
      healthy: true,
      links: [{ ...link, state: seen ? 'open' : 'idle', connectionWhy: undefined, serverWhy: undefined }],
    });
  },
  log: ({ lines }) => expect(lines.map(({ event }) => event)).toContain('down'),
  mine: ({ heard }) => expect(heard).toContain('down'),
};

describe('the observers of an app', () => {
  test('are told in order: what a later one reads is there', async () => {
    const { app, fake } = await appWithAll();
    expect(app.observers.map(({ name }) => name)).toEqual(ORDER);
    const states: string[] = [];
    app.observers.push({
      name: 'late',
      onStatus: ({ type }) => void (type === 'open' && states.push(app.watch.links[0]!.state)),
    });
    app.start();
    await serves(fake);
    expect(states).toEqual(['open', 'open']);
  });

  test.each(NAMES)('may do without %s', async (name) => {
    const world = await appWithAll();
    const { app, fake } = world;
    const at = app.observers.findIndex((observer) => observer.name === name);
    app.observers.splice(at, 1);
    app.start();
    await serves(fake);
    for (const other of NAMES.filter((other) => other !== name)) {
      SHOWS[other]!(world, name);
    }
    expect(world.lines.filter(({ code }) => code === 'OBSERVER_FAILED')).toEqual([]);
  });

  test.each(NAMES)('go on when %s throws at everything, which is said once', async (name) => {
    const world = await appWithAll();
    const { app, fake, lines } = world;
    const broken: Observer = {
      name,
      onStatus: () => {
        throw new TypeError('made up');
      },
    };
    app.observers[ORDER.indexOf(name)] = broken;
    app.start();
    await serves(fake);
    for (const other of NAMES.filter((other) => other !== name)) {
      SHOWS[other]!(world, name);
    }
    const said = lines.filter(({ code }) => code === 'OBSERVER_FAILED');
    expect(said).toHaveLength(1);
    expect(said[0]).toMatchObject({ observer: name, stack: expect.stringContaining('TypeError: made up') });
    expect(said[0]!.msg).toContain(`"${name}" failed (TypeError: made up)`);
  });

  test('may throw at frames: each is carried all the same', async () => {
    const frames: string[] = [];
    const onFrame = (): void => {
      throw new RangeError('no frame is good enough');
    };
    const counts: Observer = { name: 'counts', onFrame: (link, to) => void frames.push(`${link} ${to}`) };
    const { app, fake, lines } = await appWithAll('vi');
    expect(app.observers).toHaveLength(ORDER.length);
    const other = await appWithAll('vi', { observers: [{ name: 'frames', onFrame }, counts] });
    other.app.start();
    await serves(other.fake);
    expect(frames).toContain('server server');
    expect(frames).toContain('server endpoint');
    const [said, ...more] = other.lines.filter(({ code }) => code === 'OBSERVER_FAILED');
    expect(more).toEqual([]);
    expect(said!.msg).toContain('Bộ phận theo dõi "frames" gặp lỗi');
    // Beside it, an app that nobody asked to see frames sees none.
    app.start();
    await serves(fake);
    expect(lines.some(({ code }) => code === 'OBSERVER_FAILED')).toBe(false);
  });

  test('may fail later, in an async function: that is said once as well', async () => {
    const { app, fake, lines } = await appWithAll();
    const onStatus = async () => {
      throw new TypeError('made up');
    };
    app.observers.unshift({ name: 'async', onStatus });
    app.start();
    await serves(fake);
    expect(lines.filter(({ code }) => code === 'OBSERVER_FAILED')).toMatchObject([{ observer: 'async' }]);
  });

  test('may take themselves out: the next one misses nothing', async () => {
    const { app, fake, heard } = await appWithAll();
    const mine: Status['type'][] = [];
    const once: Observer = {
      name: 'once',
      onStatus: () => void app.observers.splice(app.observers.indexOf(once), 1),
    };
    app.observers.unshift({ name: 'first', onStatus: ({ type }) => void mine.push(type) });
    app.observers.splice(app.observers.length - 1, 0, once);
    app.start();
    await serves(fake);
    expect(heard).toEqual(mine);
  });

  test('fail without harm when what should say so fails as well', async () => {
    const { app, fake } = await appWithAll('en', {
      onObserverFailed: () => {
        throw new Error('the log is gone');
      },
    });
    app.observers.unshift({
      name: 'broken',
      onStatus: () => {
        throw new Error('made up');
      },
    });
    app.start();
    await serves(fake);
    expect(app.watch.links[0]!.state).toBe('open');
  });

  test('of a program of your own: a failure is a warning of the process', async () => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error) => void warnings.push(warning);
    process.on('warning', onWarning);
    onTestFinished(() => void process.off('warning', onWarning));
    const fake = await FakeEndpoint.start();
    const plan = planLink({ endpoint: fake.endpoint(), server: ['basic.mjs'] });
    const onStatus = () => {
      throw new Error('made up');
    };
    const app = new App(planOf([plan]), { observers: [{ name: 'theirs', onStatus }] });
    onTestFinished(async () => {
      app.force();
      await app.stop();
      await fake.close();
    });
    app.start();
    await serves(fake);
    await eventually(() => warnings.length > 0);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatchObject({ code: 'OBSERVER_FAILED', name: 'McpPipeWarning' });
    expect(warnings[0]!.message).toContain('Observer "theirs" failed (Error: made up)');
  });
});
