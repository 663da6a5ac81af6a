import { expect, it, onTestFinished } from 'vitest';
import { startEndpoint } from '../../../src/faces/endpoint/server.js';
import { Snapshot } from '../../../src/observe/snapshot.js';
import { Endpoint } from '../../../src/protocol/endpoint.js';
import { eventually } from '../../helpers/eventually.js';
import { connectV1, connectV2 } from '../../helpers/http-clients.js';
import { type MemberUnderTest, planMux, planOf, startMux } from '../../helpers/link.js';
import { muxLink, scripted, toolsPage } from '../../helpers/scripted.js';

const good = scripted('good', { pages: toolsPage('ping_me') });

/** A server of every list with faults in it, beside one without. */
const ill = scripted('ill', {
  capabilities: { tools: {}, prompts: {}, resources: {} },
  pages: {
    'tools/list': [
      JSON.stringify({
        tools: [
          { name: 'bing_search', description: 'x' },
          { name: 'null_schema', inputSchema: null },
          { description: 'no name', inputSchema: { type: 'object' } },
          'no object',
          { name: 'fine', inputSchema: { type: 'object' } },
          {
            name: 'broken_output',
            inputSchema: { type: 'object' },
            outputSchema: { type: 'object', required: 1 },
          },
          {
            name: 'broken_pattern',
            inputSchema: { type: 'object' },
            outputSchema: { type: 'object', properties: { a: { pattern: '(' } } },
          },
          { name: 'long', inputSchema: { type: 'object' }, description: 'x'.repeat(50_000) },
          {
            name: 'limits',
            inputSchema: { type: 'object', properties: { a: { maximum: '@huge@' } } },
            icons: {},
            title: 1,
            _meta: [],
            execution: { taskSupport: 'maybe' },
            annotations: { readOnlyHint: 'yes' },
          },
        ],
      }).replace('"@huge@"', '1e999'),
    ],
    'prompts/list': [
      '{"prompts":[{"name":"p","arguments":[{"name":1},{"name":"a","required":"yes"}]},{"title":"none"}]}',
    ],
    'resources/list': ['{"resources":[{"uri":"ill:1"},{"name":"no address"}]}'],
    'resources/templates/list': [
      '{"resourceTemplates":[{"uriTemplate":"ill:{a}","annotations":{"priority":7}}]}',
    ],
  },
});

it.each([
  ['1.x', connectV1],
  ['2.x', connectV2],
])('clients of SDK %s take the lists of all servers, whatever is in one', async (_, connect) => {
  const endpoint = await startEndpoint();
  onTestFinished(() => endpoint.close());
  const test = startMux({ endpoint: new Endpoint(endpoint.serverUrl('lists')), members: [good, ill] });
  await test.status('open');
  const client = await connect(
    endpoint.callerUrl('lists').replace('ws:', 'http:').replace('/call/?token=', '/call/'),
  );
  onTestFinished(() => client.close());
  expect(await client.tools()).toEqual([
    ...['ping_me', 'bing_search', 'null_schema', 'fine', 'broken_output', 'broken_pattern', 'long', 'limits'],
  ]);
  expect(await client.prompts()).toEqual(['p']);
  expect(await client.resources()).toEqual(['ill:1']);
  expect(await client.call('bing_search')).toContain('bing_search');
  const said = test.all('list-faults').filter(({ kind }) => kind === 'tool');
  // A client may ask for revisions that know no outputSchema before it settles for one that does.
  expect(said.at(-1)).toMatchObject({ server: 'ill' });
  expect(said.at(-1)!.faults).toEqual([
    { name: 'bing_search', at: ['inputSchema'], isLeftOut: false },
    { name: 'null_schema', at: ['inputSchema'], isLeftOut: false },
    { name: '#3', at: ['name'], isLeftOut: true },
    { name: '#4', at: ['it is no object'], isLeftOut: true },
    { name: 'broken_output', at: ['outputSchema.required'], isLeftOut: false },
    { name: 'broken_pattern', at: ['outputSchema'], isLeftOut: false },
    {
      name: 'limits',
      at: [
        'inputSchema.properties.a.maximum',
        ...['title', 'icons', '_meta', 'annotations.readOnlyHint', 'execution.taskSupport'],
      ],
      isLeftOut: false,
    },
  ]);
});

it('a list that is well again is no longer warned of', async () => {
  const { test, names } = await muxLink([
    good,
    scripted('ill', { pages: { 'tools/list': ['{"tools":[{"name":"a"}]}'] } }),
  ]);
  const snapshot = new Snapshot(['mux']);
  expect(await names()).toEqual(['ping_me', 'a']);
  await names();
  expect(test.all('list-faults')).toHaveLength(1);
  for (const status of test.statuses) snapshot.onStatus(status);
  const codes = () =>
    snapshot.link('mux')!.members!.flatMap(({ warnings }) => warnings.map(({ code }) => code));
  expect(codes()).toEqual(['LIST_FAULTS']);
  snapshot.onStatus({ at: 1, link: 'mux', server: 'ill', type: 'list-faults', kind: 'tool', faults: [] });
  expect(codes()).toEqual([]);
});

it.each<[string, MemberUnderTest, object]>([
  ['an error', mute('error'), { why: 'error', code: -32603, message: 'boom' }],
  ['no list', mute('notarray'), { why: 'no-list' }],
  ['silence', mute('silent'), { why: 'unanswered' }],
  ['its end', mute('crash'), { why: 'ended' }],
])('a server that answers with %s is named once, until it works again', async (_, member, expectedWords) => {
  const { test, names } = await muxLink([good, member], { settings: { gatherTimeoutMs: 2_000 } });
  expect(await names()).toEqual(['ping_me']);
  expect(await test.status('list-failed')).toMatchObject({
    ...{ server: 'ill', of: 'ill', method: 'tools/list' },
    ...expectedWords,
  });
  const snapshot = new Snapshot(['mux']);
  for (const status of test.statuses) snapshot.onStatus(status);
  const ofIll = snapshot.link('mux')!.members!.find(({ name }) => name === 'ill')!;
  expect(ofIll.warnings).toMatchObject([{ code: 'LIST_FAILED', about: 'tools/list' }]);
  await eventually(async () => ((await names()) as string[]).includes('well'), { what: 'its list' });
  expect(await test.status('list-recovered')).toMatchObject({ server: 'ill', method: 'tools/list' });
  for (const status of test.statuses) snapshot.onStatus(status);
  expect(snapshot.link('mux')!.members!.flatMap(({ warnings }) => warnings)).toEqual([]);
  expect(test.all('list-failed')).toHaveLength(1);
});

function mute(how: string): MemberUnderTest {
  const name = 'ill';
  return { name, server: ['lists-later.mjs', how, `/tmp/mcp-pipe-lists-${process.pid}-${how}`] };
}

it('serves the pages that came before one that failed', async () => {
  const pages = {
    'tools/list': [
      '{"tools":[{"name":"a","inputSchema":{"type":"object"}}],"nextCursor":"1"}',
      '{"nothing":1}',
    ],
  };
  const { test, names } = await muxLink([good, scripted('ill', { pages })]);
  expect(await names()).toEqual(['ping_me', 'a']);
  expect(await test.status('list-failed')).toMatchObject({ why: 'no-list' });
});

it('what a server lists twice counts once, and nobody is warned of it', async () => {
  const twice = scripted('a', { pages: toolsPage('echo', 'echo', 'sum') });
  const loops = { ...JSON.parse(twice.env!.SCRIPT!) };
  loops.pages['tools/list'] = [`${loops.pages['tools/list'][0].slice(0, -1)},"nextCursor":"0"}`];
  const b = scripted('b', { pages: toolsPage('echo') });
  for (const member of [twice, { ...twice, env: { SCRIPT: JSON.stringify(loops) } }]) {
    const { test, names } = await muxLink([member, b]);
    expect(await names()).toEqual(['a__echo', 'sum', 'b__echo']);
    expect([...test.all('name-hidden'), ...test.all('renamed'), ...test.all('list-faults')]).toEqual([]);
  }
});

it('names with a separator in them are ordinary, also beside a server of that name', async () => {
  const home = scripted('home', { pages: toolsPage('light__HassTurnOn', 'HassTurnOff') });
  const light = scripted('light', { pages: toolsPage('HassTurnOn', 'HassTurnOff') });
  const { test, connection, names } = await muxLink([home, light]);
  expect(await names()).toEqual([
    'light__HassTurnOn',
    'home__HassTurnOff',
    'HassTurnOn',
    'light__HassTurnOff',
  ]);
  const asked = await connection.tool(1, 'light__HassTurnOn');
  expect(JSON.parse(asked).name).toBe('light__HassTurnOn');
  expect(JSON.parse(await connection.tool(2, 'light__HassTurnOff')).name).toBe('HassTurnOff');
  expect([...test.all('name-hidden'), ...test.all('renamed')]).toEqual([]);
});

it('the label of a server in front of a name is nothing to report', async () => {
  const own = scripted('home#2', { pages: toolsPage('echo') });
  const other = scripted('light', { pages: toolsPage('echo') });
  const { test, names } = await muxLink([own, other], { labels: { 'home#2': 'home' } });
  expect(await names()).toEqual(['home__echo', 'light__echo']);
  expect(test.all('renamed')).toEqual([]);
});

it('spells names in letters that every endpoint takes, says so once, and calls them by their own', async () => {
  const server = scripted('máy tính', {
    pages: toolsPage('加法', 'tính_tổng', 'get.weather', 'a b', 'plain'),
  });
  const { test, connection, names } = await muxLink([server, good]);
  const [sum, ...others] = (await names()) as string[];
  expect(sum).toMatch(/^may_tinh_[0-9a-f]{8}$/);
  expect(others).toEqual(['tinh_tong', 'get_weather', 'a_b', 'plain', 'ping_me']);
  await names();
  expect(test.all('renamed')).toMatchObject([
    {
      server: 'máy tính',
      names: [
        { from: '加法', to: sum },
        { from: 'tính_tổng', to: 'tinh_tong' },
        { from: 'get.weather', to: 'get_weather' },
        { from: 'a b', to: 'a_b' },
      ],
    },
  ]);
  expect(JSON.parse(await connection.tool(1, sum!)).name).toBe('加法');
  expect(JSON.parse(await connection.tool(2, 'tinh_tong')).name).toBe('tính_tổng');
});

it('keeps names as they are where that is wished for', async () => {
  const server = scripted('máy', { pages: toolsPage('加法', 'tính_tổng', 'a.b') });
  const { test, connection, names } = await muxLink([server, good], { toolNames: 'keep' });
  expect(await names()).toEqual(['加法', 'tính_tổng', 'a.b', 'ping_me']);
  expect(JSON.parse(await connection.tool(1, 'tính_tổng')).name).toBe('tính_tổng');
  expect(test.all('renamed')).toEqual([]);
});

it('a server that another plan mends has no warning of the one before it', async () => {
  const faulty = scripted('ill', { pages: { 'tools/list': ['{"tools":[{"description":"no name"}]}'] } });
  const mended = scripted('ill', { pages: toolsPage('fine') });
  const { fake, test, names } = await muxLink([good, faulty]);
  expect(await names()).toEqual(['ping_me']);
  const warnings = () => test.app.watch.links[0]!.members!.flatMap((one) => one.warnings);
  expect(warnings()).toMatchObject([{ code: 'LIST_FAULTS' }]);
  await test.daemon.apply(planOf([planMux({ endpoint: fake.endpoint(), members: [good, mended] })]));
  await eventually(async () => String(await names()) === 'ping_me,fine');
  expect(warnings()).toEqual([]);
});
