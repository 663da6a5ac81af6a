import { chmod, cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { displayWidth } from '../../src/observe/display-width.js';
import { Cli, folder, root } from '../helpers/cli.js';

const REFERENCE = (name: string) => ['$', '{', name, '}'].join('');
const CLOUD = 'wss://api.xiaozhi.me/mcp/?token=';

interface Files {
  [name: string]: string | object;
}

async function check(files: Files, args: readonly string[] = [], env: Record<string, string> = {}) {
  const cwd = await folder();
  for (const [name, content] of Object.entries(files)) {
    const file = join(cwd, name);
    await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content, undefined, 2));
    await chmod(file, 0o600);
  }
  const cli = new Cli(['check', ...args], { cwd, env: { LANG: 'C', LC_ALL: '', LC_MESSAGES: '', ...env } });
  const code = await cli.exited;
  return { code, stdout: cli.stdout.replaceAll(cwd, '/there'), stderr: cli.stderr };
}

const MIXED: Files = {
  'calc.js': '',
  'mcp_config.json': {
    mcpServers: {
      calc: { command: 'node', args: ['calc.js'] },
      off: { command: 'node', args: ['off.js'], disabled: true },
      own: {
        command: 'no-such-program',
        args: ['x'],
        endpoint: 'ws://example.com/mcp/?token=made-up-token-two',
      },
      also: { command: 'node', args: ['gone.js', '--api-key', 'made-up-api-key'] },
    },
  },
  '.env': `MCP_ENDPOINT=${CLOUD}made-up-token-one\n`,
};

describe('mcp-pipe check', () => {
  it('keeps its columns whatever letters the names have', async () => {
    const names = ['máy-tính'.normalize('NFD'), '天気', 'plain'];
    const mcpServers = Object.fromEntries(names.map((name) => [name, { command: 'node' }]));
    const { stdout } = await check({
      'mcp_config.json': { mcpServers },
      '.env': `MCP_ENDPOINT=${CLOUD}made-up-token-one\n`,
    });
    const before = stdout
      .split('\n')
      .slice(0, 4)
      .map((line) => line.slice(0, line.search(/KIND|mux/)));
    expect(new Set(before.map(displayWidth)).size).toBe(1);
  });

  it('shows the plan, the findings, and what to type next', async () => {
    const { code, stdout, stderr } = await check(MIXED);
    expect(stdout).toMatchInlineSnapshot(`
      "SERVER  KIND  COMMAND                   ENDPOINT                             NOTES
      calc    mux   node calc.js              wss://api.xiaozhi.me/mcp/ #245494ad
      also    mux   node gone.js --api-key …  wss://api.xiaozhi.me/mcp/ #245494ad
      own     pipe  no-such-program x         ws://example.com/mcp/ #12fdd548
      off     -     -                         -                                    disabled

      calc, also: one connection (token #245494ad is shared; mode auto)
      own: a connection of its own (no other server has token #12fdd548; mode auto)

      2 errors
        mcp_config.json:17 mcpServers.own.command: [CHECK_PROGRAM_NOT_FOUND]
          expected: a program on the PATH of the server
          got:      no-such-program, which is not there
          fix:      Install it, correct its name, or give its absolute path as "command".
        mcp_config.json:26 mcpServers.also.args[0]: [CHECK_SCRIPT_NOT_FOUND]
          expected: a script
          got:      /there/gone.js, which does not exist
          fix:      Correct the path; it is relative to "cwd", or else to the folder of the configuration.

      1 warning
        mcp_config.json:21 mcpServers.own.endpoint: [CHECK_ENDPOINT_UNENCRYPTED]
          expected: wss:// for an address on the internet
          got:      ws:// to example.com
          fix:      Everybody on the way can read the token: write wss://, if the endpoint offers it.

      2 errors, 1 warning; mcp-pipe would start 1 of 4 servers.
      Next: fix the errors above, then run: mcp-pipe check
      "
    `);
    expect(stderr).toBe('');
    expect(code).toBe(2);
  });

  it('speaks Vietnamese when asked, or when the terminal does', async () => {
    const [asked, located] = await Promise.all([
      check(MIXED, ['--lang', 'vi']),
      check(MIXED, [], { LANG: 'vi_VN.UTF-8' }),
    ]);
    expect(asked.stdout).toMatchInlineSnapshot(`
      "SERVER  LOẠI  LỆNH                      ENDPOINT                             GHI CHÚ
      calc    mux   node calc.js              wss://api.xiaozhi.me/mcp/ #245494ad
      also    mux   node gone.js --api-key …  wss://api.xiaozhi.me/mcp/ #245494ad
      own     pipe  no-such-program x         ws://example.com/mcp/ #12fdd548
      off     -     -                         -                                    đã tắt

      calc, also: chung một kết nối (token #245494ad dùng chung; chế độ auto)
      own: kết nối riêng (không server nào khác có token #12fdd548; chế độ auto)

      2 lỗi
        mcp_config.json:17 mcpServers.own.command: [CHECK_PROGRAM_NOT_FOUND]
          cần:      một chương trình có trong PATH của server
          gặp:      no-such-program, không tìm thấy
          cách sửa: Hãy cài chương trình này, sửa lại tên, hoặc ghi đường dẫn tuyệt đối vào "command".
        mcp_config.json:26 mcpServers.also.args[0]: [CHECK_SCRIPT_NOT_FOUND]
          cần:      một script
          gặp:      /there/gone.js, không tồn tại
          cách sửa: Hãy sửa đường dẫn; nó được tính từ "cwd", nếu không có thì từ thư mục chứa file cấu hình.

      1 cảnh báo
        mcp_config.json:21 mcpServers.own.endpoint: [CHECK_ENDPOINT_UNENCRYPTED]
          cần:      wss:// cho một địa chỉ trên internet
          gặp:      ws:// tới example.com
          cách sửa: Bất kỳ ai trên đường truyền cũng đọc được token: hãy viết wss://, nếu endpoint có hỗ trợ.

      2 lỗi, 1 cảnh báo; mcp-pipe sẽ khởi động 1/4 server.
      Tiếp theo: sửa các lỗi ở trên, rồi gõ: mcp-pipe check
      "
    `);
    expect(located.stdout).toBe(asked.stdout);
  });

  it('prints JSON whose fields and codes are the same in both languages', async () => {
    const [english, vietnamese] = await Promise.all([
      check(MIXED, ['--json']),
      check(MIXED, ['--json', '--lang', 'vi']),
    ]);
    expect(JSON.parse(english.stdout)).toMatchInlineSnapshot(`
      {
        "findings": [
          {
            "code": "CHECK_PROGRAM_NOT_FOUND",
            "column": null,
            "expected": "a program on the PATH of the server",
            "file": "/there/mcp_config.json",
            "got": "no-such-program, which is not there",
            "line": 17,
            "next": "Install it, correct its name, or give its absolute path as "command".",
            "path": "mcpServers.own.command",
            "severity": "error",
          },
          {
            "code": "CHECK_ENDPOINT_UNENCRYPTED",
            "column": null,
            "expected": "wss:// for an address on the internet",
            "file": "/there/mcp_config.json",
            "got": "ws:// to example.com",
            "line": 21,
            "next": "Everybody on the way can read the token: write wss://, if the endpoint offers it.",
            "path": "mcpServers.own.endpoint",
            "severity": "warning",
          },
          {
            "code": "CHECK_SCRIPT_NOT_FOUND",
            "column": null,
            "expected": "a script",
            "file": "/there/mcp_config.json",
            "got": "/there/gone.js, which does not exist",
            "line": 26,
            "next": "Correct the path; it is relative to "cwd", or else to the folder of the configuration.",
            "path": "mcpServers.also.args[0]",
            "severity": "error",
          },
        ],
        "ok": false,
        "plan": {
          "agents": [],
          "alerts": null,
          "disabledAgents": [],
          "gateway": null,
          "links": [
            {
              "account": null,
              "agent": null,
              "endpoint": "wss://api.xiaozhi.me/mcp/",
              "fingerprint": "245494ad",
              "kind": "mux",
              "name": "mux",
              "servers": [
                "calc",
                "also",
              ],
              "tools": null,
              "why": "calc, also: one connection (token #245494ad is shared; mode auto)",
            },
            {
              "account": null,
              "agent": null,
              "endpoint": "ws://example.com/mcp/",
              "fingerprint": "12fdd548",
              "kind": "pipe",
              "name": "own",
              "servers": [
                "own",
              ],
              "tools": null,
              "why": "own: a connection of its own (no other server has token #12fdd548; mode auto)",
            },
          ],
          "memory": null,
          "otlp": null,
          "packages": null,
          "redis": null,
          "sentry": null,
          "servers": [
            {
              "agents": [],
              "args": [
                "calc.js",
              ],
              "calls": null,
              "command": "node",
              "enabled": true,
              "endpoint": "wss://api.xiaozhi.me/mcp/",
              "endpoints": 1,
              "fingerprint": "245494ad",
              "held": null,
              "kind": "mux",
              "link": "mux",
              "links": [
                "mux",
              ],
              "name": "calc",
              "priority": 0,
              "sharedWith": [
                "also",
              ],
              "startable": true,
            },
            {
              "agents": [],
              "args": [
                "gone.js",
                "--api-key",
                "…",
              ],
              "calls": null,
              "command": "node",
              "enabled": true,
              "endpoint": "wss://api.xiaozhi.me/mcp/",
              "endpoints": 1,
              "fingerprint": "245494ad",
              "held": null,
              "kind": "mux",
              "link": "mux",
              "links": [
                "mux",
              ],
              "name": "also",
              "priority": 0,
              "sharedWith": [
                "calc",
              ],
              "startable": false,
            },
            {
              "agents": [],
              "args": [
                "x",
              ],
              "calls": null,
              "command": "no-such-program",
              "enabled": true,
              "endpoint": "ws://example.com/mcp/",
              "endpoints": 1,
              "fingerprint": "12fdd548",
              "held": null,
              "kind": "pipe",
              "link": "own",
              "links": [
                "own",
              ],
              "name": "own",
              "priority": 0,
              "sharedWith": [],
              "startable": false,
            },
            {
              "agents": [],
              "args": [],
              "calls": null,
              "command": null,
              "enabled": false,
              "endpoint": null,
              "endpoints": 0,
              "fingerprint": null,
              "held": null,
              "kind": null,
              "link": null,
              "links": [],
              "name": "off",
              "priority": 0,
              "sharedWith": [],
              "startable": false,
            },
          ],
        },
        "summary": {
          "errors": 2,
          "servers": 4,
          "startable": 1,
          "warnings": 1,
        },
        "version": 3,
      }
    `);
    const machine = (text: string) =>
      JSON.parse(text, (key, value) =>
        ['expected', 'got', 'next', 'why'].includes(key) ? typeof value : value,
      );
    expect(machine(vietnamese.stdout)).toEqual(machine(english.stdout));
    expect(vietnamese.stdout).toContain('không tồn tại');
  });

  const SHARED = (more: object = {}): Files => ({
    'calc.js': '',
    'mcp_config.json': {
      mcpServers: Object.fromEntries(
        ['a', 'b', 'c'].map((name) => [name, { command: 'node', args: ['calc.js'] }]),
      ),
      ...more,
    },
    '.env': `MCP_ENDPOINT=${CLOUD}made-up-token-one\n`,
  });
  const own = { command: 'node', args: ['calc.js'], endpoint: `${CLOUD}made-up-token-two` };

  it.each<[string, Files, string[], string[]]>([
    [
      'spread over two connections',
      SHARED({ tokens: { MCP_ENDPOINT: { connectionsPerToken: 2 } } }),
      [],
      [
        'a mux',
        'b mux',
        'c mux-2',
        'a, b, c: together on 2 connections (token #245494ad is shared; mode auto)',
      ],
    ],
    [
      'told to be piped',
      SHARED(),
      ['--mode', 'pipe'],
      [
        'a pipe',
        'b pipe',
        'c pipe',
        'a, b, c: 1 of 3 connected at a time, by priority (token #245494ad is shared; mode pipe)',
      ],
    ],
    [
      'alone, with tools to hide',
      SHARED({ mcpServers: { a: { ...own, tools: { deny: ['x'] } } } }),
      [],
      ['a mux a', 'a: one connection, multiplexed (tools needs messages to be read; mode auto)'],
    ],
    [
      'alone, and told to be multiplexed',
      SHARED({ mcpServers: { a: own } }),
      ['--mode=mux'],
      ['a mux a', 'a: one connection, multiplexed (no other server has token #c324c246; mode mux)'],
    ],
  ])('says who is connected how, and why, of servers that are %s', async (_, files, args, expected) => {
    const { stdout } = await check(files, args);
    const [table = '', why] = stdout.split('\n\n');
    const cells = table
      .split('\n')
      .slice(1)
      .map((line) =>
        line
          .split(/\s{2,}/)
          .slice(0, 2)
          .join(' '),
      );
    expect([...cells, why]).toEqual(expected);
  });

  it('warns of what --mode pipe gives up, and repeats the mode in what to type next', async () => {
    const { code, stdout } = await check(SHARED({ settings: { maxTools: 3 } }), ['--mode', 'pipe']);
    expect(stdout).toContain('[CONFIG_SHARED_TOKEN]');
    expect(stdout).toContain('[CONFIG_NOT_KEPT_BY_PIPE]');
    expect(stdout).toMatch(/to start it as it is: mcp-pipe --mode pipe\n$/);
    expect(code).toBe(0);
    const wrong = await check(SHARED(), ['--mode', 'rotat']);
    expect(wrong.stderr).toContain('expected one of: auto, pipe, mux');
    expect(wrong.code).toBe(2);
  });

  it('says in which column broken JSON breaks, and shows the line without its texts', async () => {
    const text = '{\n  "mcpServers": {\n    "calc": { "command" "made-up-secret" }\n  }\n}\n';
    const { code, stdout } = await check({ 'mcp_config.json': text });
    expect(stdout).toMatchInlineSnapshot(`
      "1 error
        mcp_config.json:3:25: [CONFIG_SYNTAX]
                "…": { "command" "…" }
                                 ^
          expected: a colon
          got:      a text in double quotes
          fix:      Write "key": value.

      1 error; mcp-pipe would start no server.
      Next: fix the errors above, then run: mcp-pipe check
      "
    `);
    expect(code).toBe(2);
  });

  it('tells a beginner in an empty folder what to type', async () => {
    const { code, stdout } = await check({});
    expect(stdout.trimEnd().split('\n').at(-1)).toMatch(/^Next: mcp-pipe demo/);
    expect(code).toBe(2);
  });

  const doubtful = {
    ...MIXED,
    'mcp_config.json': { mcpServers: { calc: { command: 'node', arg: ['calc.js'] } } },
  };
  const clean = {
    ...MIXED,
    'mcp_config.json': { mcpServers: { calc: { command: 'node', args: ['calc.js'] } } },
  };
  it.each<[number, string, Files, string[]]>([
    [0, 'everything is right', clean, ['--strict']],
    [0, 'there are warnings only', doubtful, []],
    [1, 'there are warnings, with --strict', doubtful, ['--strict']],
    [2, 'there are errors', MIXED, ['--strict']],
  ])('exits with %i when %s', async (code, _, files, args) => {
    expect((await check(files, args)).code).toBe(code);
  });

  it('examines one server, or a command that stands nowhere', async () => {
    const one = await check(MIXED, ['calc', '--json']);
    expect(one.code).toBe(0);
    expect(JSON.parse(one.stdout).summary).toMatchObject({ errors: 0, startable: 1 });
    const command = await check(MIXED, ['--', 'no-such-program', 'x']);
    expect(command.stdout).toContain('no-such-program, which is not there');
    expect(command.code).toBe(2);
  });

  it.each(['mcp_config.minimal.json', 'mcp_config.example.json', 'mcp_config.multi-token.json'])(
    'ends its report on %s with a line that says what to type next',
    async (name) => {
      const cwd = await folder();
      await cp(join(root, name), join(cwd, name));
      await cp(join(root, 'examples'), join(cwd, 'examples'), { recursive: true });
      const cli = (env: Record<string, string>) =>
        new Cli(['check', '--config', name, '--lang', 'en'], { cwd, env });
      const bare = cli({});
      expect(await bare.exited).toBe(2);
      expect(bare.stdout.trimEnd()).toMatch(/\nNext: .*(--local|mcp-pipe check --config \S+)$/);
      const given = cli({
        MCP_ENDPOINT: `${CLOUD}made-up-one`,
        TOKEN_1: 'made-up-two',
        TOKEN_2: 'made-up-three',
      });
      expect(await given.exited).toBe(0);
      expect(given.stdout.trimEnd()).toMatch(new RegExp(`\\nNext: .*mcp-pipe --config ${name}$`));
    },
  );
});

describe('no secret is printed', () => {
  const secret = fc.stringMatching(/^[A-Za-z0-9_-]{12,40}$/).map((text) => `zQ${text}`);

  it('wherever it stands, as text or as JSON', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(secret, { minLength: 6, maxLength: 6 }),
        fc.boolean(),
        async (given, json) => {
          const [global, own, env, argument, foreign, cut] = given as [
            string,
            string,
            string,
            string,
            string,
            string,
          ];
          const jwt = `eyJhbGciOiJFUzI1NiJ9.${Buffer.from(cut).toString('base64url')}.x`;
          const { stdout, stderr } = await check(
            {
              'mcp_config.json': {
                mcpServers: {
                  a: { command: 'node', args: ['a.js', argument, '--token', global], env: { API_KEY: env } },
                  b: { command: `${CLOUD}${own}`, endpoint: `${CLOUD}${own}` },
                  c: {
                    command: 'npx',
                    args: ['-y', 'pkg', `--url=${CLOUD}${own}`, `${foreign}`],
                    endpoint: `https://x/?token=${foreign}`,
                  },
                  d: { command: 'node', args: ['--key', argument], endpoint: foreign, disabled: 'true' },
                  e: {
                    command: 'python3',
                    args: [argument],
                    endpoint: `${CLOUD}${jwt}`,
                    cwd: REFERENCE('HOME'),
                  },
                },
              },
              '.env': `MCP_ENDPOINT=${CLOUD}${global}\nSOME_SECRET=${env}\n`,
              'docker-compose.yml': `services: { mcp-pipe: { environment: ['MCP_ENDPOINT=${CLOUD}${foreign}'] } }`,
            },
            json ? ['--json'] : [],
            { MCP_ENDPOINT: foreign },
          );
          expect(stdout.length).toBeGreaterThan(300);
          for (const value of [...given, jwt]) expect(stdout + stderr).not.toContain(value);
        },
      ),
      { numRuns: 4 },
    );
  }, 180_000);
});
