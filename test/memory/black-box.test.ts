import { describe, expect, it, onTestFinished } from 'vitest';
import { App } from '../../src/daemon/app.js';
import { BlackBox } from '../../src/observe/black-box.js';
import { callsOf, diagnosesOf } from '../../src/observe/black-box-diagnosis.js';
import { type BlackBoxFile, isFrameLine } from '../../src/observe/black-box-file.js';
import { clock } from '../helpers/clock.js';
import { eventually } from '../helpers/eventually.js';
import { FakeEndpoint } from '../helpers/fake-endpoint.js';
import { signal } from '../helpers/is-alive.js';
import { basic, planLink, planMux, planOf, planRotate } from '../helpers/link.js';
import { inMemory } from '../helpers/memory-servers.js';

const KINDS = ['pipe', 'mux', 'rotate'] as const;

async function running(kind: (typeof KINDS)[number]) {
  const fake = await FakeEndpoint.start();
  const endpoint = fake.endpoint();
  const plans = {
    pipe: () => planLink({ endpoint, name: 'one', server: ['basic.mjs'] }),
    mux: () => planMux({ endpoint, members: [basic('one'), basic('two')] }),
    rotate: () => planRotate({ endpoint, dwellMs: 3_600_000, members: [basic('one')] }),
  };
  const files: BlackBoxFile[] = [];
  const memory = inMemory();
  const box = new BlackBox({ version: '1', secrets: [], clock, write: (file) => files.push(file) });
  const failures: unknown[] = [];
  const app = new App(planOf([plans[kind]()]), {
    ...memory,
    observers: [box],
    onObserverFailed: (_, error) => void failures.push(error),
  });
  app.start();
  onTestFinished(async () => {
    app.force();
    await app.stop();
    await fake.close();
    expect(failures).toEqual([]);
  });
  const connection = await fake.connection();
  await connection.greet();
  const tool = kind === 'mux' ? (name: string) => `one__${name}` : (name: string) => name;
  const connected = async (index: number) => {
    const next = await fake.connection(index);
    await next.greet();
    return next;
  };
  return { app, fake, files, box, connection, connected, tool };
}

describe.each(KINDS)('the black box of a %s', (kind) => {
  it('is not written for what was asked for', async () => {
    const { app, files, connection, connected, tool } = await running(kind);
    const [link] = app.daemon.links;
    link!.reconnect('asked');
    const second = await connected(1);
    await app.daemon.restart('one');
    await second.tool(1, tool('echo'));
    second.close(1000, 'bye');
    const third = await connected(2);
    third.close(1001);
    await (await connected(3)).tool(1, tool('echo'));
    await app.stop();
    await clock.sleep(1_000);
    expect(connection.isClosed).toBe(true);
    expect(files.map(({ why, records }) => [why, records.at(-1)])).toEqual([]);
  });

  it('tells what led to the end of a connection and of a server', async () => {
    const { files, connection, connected, tool, box } = await running(kind);
    await connection.tool(1, tool('echo'), { text: 'argument' });
    connection.begin(2, tool('hold'));
    await connection.tool(3, tool('echo'));
    await clock.sleep(30_000);
    connection.drop();
    const [dropped] = await eventually(() => files.length > 0 && files);
    expect(dropped!.why).toBe('connection-ended');
    expect(diagnosesOf(dropped!, 'en')).toMatchObject([{ about: 'connection', cause: 'connection-lost' }]);
    const calls = callsOf(dropped!);
    expect(calls).toMatchObject({
      unanswered: [{ method: 'tools/call', name: tool('hold'), id: '2' }],
      errors: [],
    });
    expect(calls.silentMs).toBeGreaterThanOrEqual(25_000);
    const frames = dropped!.records.filter(isFrameLine);
    expect(frames.find(({ id, kind }) => id === '1' && kind === 'response')).toMatchObject({
      ...{ to: 'endpoint', method: 'tools/call', name: tool('echo') },
    });
    expect(JSON.stringify(dropped)).not.toContain('argument');

    const second = await connected(1);
    const pid = Number(await second.tool(1, tool('whoami')));
    second.begin(2, tool('hold'));
    await second.tool(3, tool('echo'));
    signal(pid, 'SIGKILL');
    await second.reply(2);
    const [, killed] = await eventually(() => files.length > 1 && files);
    expect(killed!.why).toBe('server-ended');
    expect(diagnosesOf(killed!, 'vi')[0]).toMatchObject({ about: 'server', cause: 'exited' });
    expect(callsOf(killed!)).toMatchObject({ unanswered: [], errors: [{ code: -31001, count: 1 }] });
    // What the endpoint got instead of an answer is in it.
    expect(killed!.records.filter(isFrameLine).at(-1)).toMatchObject({
      kind: 'error',
      id: '2',
      name: tool('hold'),
    });
    expect(box.read(killed!.link, 'asked')!.records.length).toBeLessThanOrEqual(400);
  });
});
