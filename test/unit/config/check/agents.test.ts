// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is the syntax under test
import { afterEach, describe, expect, test } from 'vitest';
import { checkJson } from '../../../../src/cli/commands/check-json.js';
import { checkText } from '../../../../src/cli/commands/check-text.js';
import { displayWidth } from '../../../../src/observe/display-width.js';
import { removeFolders } from '../workspace.js';
import { address, checked, jwt, NOW } from './checked.js';

afterEach(removeFolders);

const TOKENS = {
  TOKEN_1: address('made-up-token-one'),
  TOKEN_2: address('made-up-token-two'),
  TOKEN_3: address('made-up-token-three'),
};
const server = { command: 'node', args: ['calc.js'] };
const memory = { ...server, share: 'agent', env: { FILE: '${AGENT}.json' } };
const AGENTS = {
  kitchen: { endpoint: '${TOKEN_1}', servers: ['calc', 'memory'], tools: { calc: ['add'] } },
  'phòng ngủ': { endpoint: ['${TOKEN_2}', '${TOKEN_3}'] },
};
const look = (mcpServers: object, agents: object, env: Record<string, string> = TOKENS) =>
  checked({ files: { 'calc.js': '', 'mcp_config.json': { mcpServers, agents } }, env });
const show = async (result: Awaited<ReturnType<typeof look>>, columns?: number, lang: 'en' | 'vi' = 'en') =>
  checkText(result, { lang, cwd: '/', run: 'mcp-pipe', colours: false, columns }, (text) => text);
const CONTEXT = { lang: 'en', cwd: '/', run: '', colours: false, columns: undefined } as const;
/** The lines of the table of agents. */
const tableOf = (text: string) => {
  const lines = text.split('\n');
  const from = lines.findIndex((line) => line.startsWith('AGENT'));
  return lines.slice(from, lines.indexOf('', from));
};

describe('agents, as check shows them', () => {
  test('are a table: who has what, in which process', async () => {
    const text = await show(await look({ calc: server, memory, music: server }, AGENTS));
    expect(
      tableOf(text).map((line) => line.replace(/#[0-9a-f]{8}/, '#').replaceAll(/ {2,}/g, ' | ')),
    ).toEqual([
      'AGENT | ENDPOINT | calc | memory | music',
      'kitchen | wss://api.xiaozhi.me/mcp/ # | yes* | own | -',
      'phòng ngủ | wss://api.xiaozhi.me/mcp/ # | yes | own | yes',
      'phòng ngủ | wss://api.xiaozhi.me/mcp/ # | yes | own | yes',
      'yes: the one process of this server, whichever agents have it; own: a process of this agent alone; *: some of its tools only.',
    ]);
    expect(text).toMatch(/^calc +3 links +node calc\.js +3 endpoints$/m);
    expect(text).toMatch(
      /^memory@kitchen +kitchen +node calc\.js +wss:\/\/api\.xiaozhi\.me\/mcp\/ #[0-9a-f]{8}$/m,
    );
    expect(text).toMatch(/^kitchen: one connection \(token #[0-9a-f]{8} is shared; mode auto\)$/m);
    expect(text).toContain('mcp-pipe would start 4 of 4 servers.');
  });

  test('are a table in Vietnamese as well', async () => {
    const text = await show(await look({ calc: server, memory, music: server }, AGENTS), undefined, 'vi');
    expect(tableOf(text)[1]).toMatch(/^kitchen .* có\* +riêng +-$/);
  });

  test('without an endpoint are at addresses of the gateway', async () => {
    const agents = {
      kitchen: { endpoint: '${TOKEN_1}' },
      kids: { servers: ['memory'], tools: { memory: ['read'] } },
    };
    const files = {
      'calc.js': '',
      'mcp_config.json': { mcpServers: { calc: server, memory }, agents, gateway: true },
    };
    const result = await checked({ files, env: TOKENS, gateway: 'configured' });
    expect(result.findings).toEqual([]);
    const text = await show(result);
    expect(tableOf(text)[2]).toMatch(/^kids +at the gateway +- +own\*$/);
    expect(text).toMatch(/^ {2}of agent kids +http:\/\/127\.0\.0\.1:8080\/agents\/kids\/mcp$/m);
    expect(tableOf(await show(result, undefined, 'vi'))[2]).toMatch(/^kids +ở gateway +- +riêng\*$/);
    const { plan } = JSON.parse(checkJson(result, CONTEXT, (text) => text));
    expect(plan.agents[1]).toEqual({
      ...{ agent: 'kids', isProfile: true, endpoint: null, fingerprint: null, links: [] },
      servers: [{ name: 'memory', process: 'memory@kids', isFiltered: true }],
    });
    expect(plan.servers).toContainEqual(expect.objectContaining({ name: 'memory@kids', agents: ['kids'] }));
  });

  test.each([60, 72, 80, 100, 120])(
    'fit into %i columns, with few servers and with many',
    async (columns) => {
      const many = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`server-number-${i}`, server]));
      for (const lang of ['en', 'vi'] as const) {
        for (const servers of [
          { calc: server, memory },
          { calc: server, memory, ...many },
        ]) {
          const table = tableOf(await show(await look(servers, AGENTS), columns, lang));
          expect(table.filter((line) => displayWidth(line) > columns)).toEqual([]);
          // Fingerprints are never cut away.
          expect(table.filter((line) => /#[0-9a-f]{8}( |$)/.test(line))).toHaveLength(3);
          for (const name of Object.keys(servers)) expect(table.join('\n')).toContain(name);
        }
      }
    },
  );

  test('are listed with their servers where those do not fit beside each other', async () => {
    const long = Object.fromEntries(['a', 'b', 'c'].map((name) => [`${name}-rather-long-name`, server]));
    const agents = { kitchen: { endpoint: '${TOKEN_1}' } };
    const table = tableOf(await show(await look({ memory, ...long }, agents), 80));
    expect(table.slice(2)).toEqual([
      '  memory (own), a-rather-long-name, b-rather-long-name, c-rather-long-name',
      'own: a process of this agent alone.',
    ]);
  });

  test('are in the JSON, with their links and servers', async () => {
    const result = await look({ calc: server, memory, music: server }, AGENTS);
    const { plan } = JSON.parse(checkJson(result, CONTEXT, (text) => text));
    expect(plan.agents).toMatchObject([
      {
        ...{ agent: 'kitchen', links: ['kitchen'], endpoint: 'wss://api.xiaozhi.me/mcp/' },
        servers: [
          { name: 'calc', process: 'calc', isFiltered: true },
          { name: 'memory', process: 'memory@kitchen', isFiltered: false },
        ],
      },
      { agent: 'phòng ngủ', links: ['phòng ngủ'] },
      { agent: 'phòng ngủ', links: ['phòng ngủ-2'] },
    ]);
    expect(plan.servers[0]).toMatchObject({
      ...{ name: 'calc', link: 'kitchen', links: ['kitchen', 'phòng ngủ', 'phòng ngủ-2'] },
      agents: ['kitchen', 'phòng ngủ'],
    });
    expect(plan.links[0]).toMatchObject({ agent: 'kitchen', tools: { calc: { allow: ['add'] } } });
  });

  test('without agents are not there', async () => {
    const text = await show(await look({ calc: { ...server, endpoint: '${TOKEN_1}' } }, {}));
    expect(text).not.toContain('AGENT');
  });
});

describe('the tokens of agents are checked', () => {
  const ofToken = async (token: string, extra: object = {}) => {
    const agents = { kitchen: { endpoint: '${TOKEN_1}' }, office: { endpoint: '${TOKEN_2}' }, ...extra };
    return (await look({ calc: server }, agents, { ...TOKENS, TOKEN_2: token })).findings;
  };

  test('once each, however many servers an agent has', async () => {
    const agents = { kitchen: { endpoint: address('your-token-here') } };
    const { findings } = await look({ a: server, b: server, c: server }, agents, {});
    expect(findings.map(({ code, path }) => `${code} ${path}`)).toEqual([
      'CONFIG_ENDPOINT_PLACEHOLDER agents.kitchen.endpoint',
    ]);
  });

  test.each([
    ['that expired', address(jwt({ exp: NOW / 1_000 - 60 })), 'CHECK_TOKEN_EXPIRED'],
    ['sent in the open', 'ws://example.com/mcp/?token=made-up-token-two', 'CHECK_ENDPOINT_UNENCRYPTED'],
  ])('one %s is a warning', async (_, token, code) => {
    expect((await ofToken(token)).map((finding) => finding.code)).toEqual([code]);
  });

  test('and hidden in the report, even those that cannot be used', async () => {
    const { secrets } = await look(
      { calc: server },
      { kitchen: { endpoint: 'eyJhbGciOi.not-an-address.abc' } },
    );
    expect(secrets).toContain('eyJhbGciOi.not-an-address.abc');
  });
});
