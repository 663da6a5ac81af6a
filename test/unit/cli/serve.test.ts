import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type CommandLine, LocalizedCommand } from '../../../src/cli/describe/localized-command.js';
import { serveOptions } from '../../../src/cli/describe/serve-options.js';
import { serveArguments } from '../../../src/cli/serve/arguments.js';
import type { ServeFlags } from '../../../src/cli/serve/flags.js';
import { readServeOptions, type Serving } from '../../../src/cli/serve/read-options.js';
import { GATEWAY_PATHS } from '../../../src/config/gateway-plan.js';
import { shellCommand, splitWords } from '../../../src/config/split-words.js';
import { help } from '../../../src/messages/help.js';

/** Reads a command line as `mcp-pipe serve` does. */
function read(argv: readonly string[], files: readonly string[] = []): Serving {
  const dashes = argv.indexOf('--');
  const own = dashes < 0 ? argv : argv.slice(0, dashes);
  const afterDashes = dashes < 0 ? undefined : argv.slice(dashes + 1);
  const line: CommandLine = {
    ...{ lang: 'en', words: help.en, argv, afterDashes, commandNames: [], exitCode: 0 },
  };
  const command = serveOptions(new LocalizedCommand('serve', line).enablePositionalOptions()).exitOverride();
  command.configureOutput({ writeErr: () => {} });
  let found: Serving | undefined;
  command.action((words: string[], options: ServeFlags, chosen: LocalizedCommand) => {
    found = readServeOptions(words, afterDashes, options, {
      platform: 'linux',
      isFile: (word) => files.includes(word),
      isGiven: (attribute) => chosen.getOptionValueSource(attribute) === 'cli',
    });
  });
  command.parse(serveArguments(own, command.options), { from: 'user' });
  return found!;
}

/** What differs from a gateway without options. */
function gatewayOf(argv: readonly string[]) {
  const { findings = [], paths = {}, ...gateway } = read(argv).gateway;
  const said = findings.map(({ severity, path, id, params }) =>
    [severity, path, params.advice ?? id].join(' '),
  );
  return {
    ...gateway,
    ...(Object.keys(paths).length > 0 ? { paths } : {}),
    ...(said.length > 0 ? { said } : {}),
  };
}

const words = (text: string) => splitWords(text, 'linux')!.words;
const own = { cwd: undefined, env: {}, inherits: true };
const commandsOf = (text: string) => {
  const { target } = read(words(text));
  return target && 'commands' in target ? target.commands : target;
};

describe('command lines of sparfenyuk/mcp-proxy', () => {
  test.each([
    ['--port 8080 npx -y server-x /data --port 9', ['npx', '-y', 'server-x', '/data', '--port', '9']],
    [
      '--port=8080 --host=0.0.0.0 npx -y @modelcontextprotocol/server-filesystem /data',
      [...['npx', '-y', '@modelcontextprotocol/server-filesystem', '/data']],
    ],
    ['--port=8080 -- uvx mcp-server-fetch --user-agent=Me', ['uvx', 'mcp-server-fetch', '--user-agent=Me']],
    ['uvx mcp-server-fetch -- --user-agent Me', ['uvx', 'mcp-server-fetch', '--', '--user-agent', 'Me']],
    ["--allow-origin='*' --port 1 uvx server", ['uvx', 'server']],
    ['--allow-origin http://a.example https://b.example uvx server', ['uvx', 'server']],
    ['--allow-origin /^http:/ /usr/bin/uvx server', ['/usr/bin/uvx', 'server']],
    ['--cors /usr/bin/uvx server', ['/usr/bin/uvx', 'server']],
    ['--expose-header X-A --pass-environment uvx server', ['uvx', 'server']],
    ['--debug --log-level DEBUG --no-debug uvx server', ['uvx', 'server']],
  ])('%s', (text, command) => {
    expect(commandsOf(text)).toEqual([{ command, ...own }]);
  });

  test('options of the gateway', () => {
    const text =
      "--port 8080 --host 0.0.0.0 --stateless --allow-origin http://a.example 'https://b.example' --expose-header X-A --expose-header X-B uvx s";
    expect(gatewayOf(words(text))).toEqual({
      ...{ port: 8080, host: '0.0.0.0', stateless: true },
      allowedOrigins: ['http://a.example', 'https://b.example'],
      exposedHeaders: ['X-A', 'X-B'],
    });
    expect(gatewayOf(words('--no-stateless uvx s'))).toEqual({ stateless: false });
    expect(gatewayOf(words('uvx s'))).toEqual({});
  });

  test('the former names of host and port', () => {
    expect(gatewayOf(words('--sse-port 8080 --sse-host 0.0.0.0 uvx s'))).toEqual({
      ...{ port: 8080, host: '0.0.0.0' },
      said: ['warning --ssePort new-name', 'warning --sseHost new-name'],
    });
  });

  test('the environment and folder of the command', () => {
    const text = '-e FOO bar --env BAZ "a b" -e X=1 --cwd /srv --no-pass-environment uvx s -e 1 2';
    expect(commandsOf(text)).toEqual([
      {
        ...{ command: ['uvx', 's', '-e', '1', '2'], cwd: '/srv', inherits: false },
        env: { FOO: 'bar', BAZ: 'a b', X: '1' },
      },
    ]);
  });

  test('several named servers, beside a command or alone', () => {
    const named = `--named-server fetch 'uvx mcp-server-fetch --user-agent "My Agent"' --named-server time "uvx mcp-server-time"`;
    const two = [
      { name: 'fetch', command: ['uvx', 'mcp-server-fetch', '--user-agent', 'My Agent'], inherits: true },
      { name: 'time', command: ['uvx', 'mcp-server-time'], inherits: true },
    ];
    expect(read(words(`--port 8080 ${named}`)).target).toEqual({ commands: two, withConfigured: false });
    expect(read(words(`--port 8080 ${named} npx -y x`)).target).toEqual({
      commands: [{ command: ['npx', '-y', 'x'], ...own }, ...two],
      withConfigured: false,
    });
  });

  test('a file of named servers is a configuration', () => {
    const alone = read(words('--port=8080 --named-server-config /config/servers.json'));
    expect(alone).toMatchObject({ config: '/config/servers.json', target: undefined });
    const beside = read(words('--named-server-config ./s.json uvx default-server'));
    expect(beside).toMatchObject({
      config: './s.json',
      target: { commands: [{ command: ['uvx', 'default-server'] }], withConfigured: true },
    });
  });

  test.each([
    ['-H Authorization "Bearer t" --transport sse uvx s', ['error --transport client']],
    [
      '--client-id a --client-secret b --token-url c uvx s',
      [...['error --clientId oauth', 'error --clientSecret oauth', 'error --tokenUrl oauth']],
    ],
    ['--no-verify-ssl uvx s', ['error --verifySsl verify-ssl']],
    ['--verify-ssl false uvx s', ['error --verifySsl verify-ssl']],
    ['-e A b', ['error --env command-only']],
    ['--cwd /x', ['error --cwd command-only']],
    [`--named-server a 'x "'`, ['error --named-server unclosed']],
    ['--named-server a', ['error --named-server no-command']],
    ['--named-server a x --named-server a y', ['error --named-server named-twice']],
    ['--config a --named-server-config b', ['error --named-server-config both-configs']],
  ])('%s is refused', (text, said) => {
    expect(gatewayOf(splitWords(text, 'linux')!.words)).toMatchObject({ said });
  });

  test.each([
    ['node "x', 'unclosed'],
    ['', 'no-command'],
  ])('--stdio with %j is refused once', (text, advice) => {
    const argv = ['--stdio', text, '--host', '127.0.0.1'];
    expect(gatewayOf(argv)).toMatchObject({ said: [`error --stdio ${advice}`] });
    expect(read(argv).target).toMatchObject({ commands: [{}] });
  });
});

describe('command lines of supergateway', () => {
  const STDIO = '--stdio "npx -y @modelcontextprotocol/server-filesystem ./my-folder"';
  const LOOPBACK = 'warning --stdio loopback';
  const command = ['npx', '-y', '@modelcontextprotocol/server-filesystem', './my-folder'];

  test('the command is a text', () => {
    expect(commandsOf(STDIO)).toEqual([{ command, ...own }]);
    expect(commandsOf(`--stdio 'npx x | tee log'`)).toEqual([
      { command: ['sh', '-c', 'npx x | tee log'], ...own },
    ]);
  });

  test.each([
    ['', { port: 8000, paths: { message: ['/message'] } }],
    ['--port 8001 --outputTransport ws --messagePath /message', { port: 8001, paths: { ws: ['/message'] } }],
    ['--outputTransport ws', { port: 8000, paths: { ws: ['/message'] } }],
    [
      '--outputTransport sse --ssePath /a --messagePath /b',
      { port: 8000, paths: { sse: ['/a'], message: ['/b'] } },
    ],
    ['--outputTransport streamableHttp', { port: 8000, stateless: true }],
    [
      '--outputTransport streamableHttp --stateful --sessionTimeout 60000',
      { port: 8000, sessionIdleMs: 60_000 },
    ],
    [
      '--output-transport streamableHttp --streamable-http-path /x --stateful',
      { port: 8000, paths: { http: ['/x'] } },
    ],
  ])('%s', (text, gateway) => {
    expect(gatewayOf(words(`${STDIO} ${text}`))).toEqual({ ...gateway, said: [LOOPBACK] });
  });

  test.each([
    ['--cors', { allowedOrigins: ['*'] }],
    ['--cors "*"', { allowedOrigins: ['*'] }],
    [
      '--cors "https://a.example" "https://b.example"',
      { allowedOrigins: ['https://a.example', 'https://b.example'] },
    ],
    [
      '--cors "https://a.example" --cors "https://b.example"',
      {
        allowedOrigins: ['https://a.example', 'https://b.example'],
      },
    ],
    ['--healthEndpoint /healthz --healthEndpoint /readyz', { paths: { health: ['/healthz', '/readyz'] } }],
    ['--header "X-A: 1" --header "X-B: 2"', { responseHeaders: { 'X-A': '1', 'X-B': '2' } }],
    ['--header "X-A: 1" "X-B: 2"', { responseHeaders: { 'X-A': '1', 'X-B': '2' } }],
    ['--logLevel none', {}],
    [
      '--baseUrl https://mcp.example.com',
      { allowedHosts: ['mcp.example.com'], said: ['warning --baseUrl base-url'] },
    ],
    ['--protocolVersion 2024-11-05', { said: ['warning --protocolVersion protocol-version'] }],
    ['--cors "/example.com$/" "/^https:/"', { allowedOrigins: ['/example.com$/', '/^https:/'] }],
    ['--cors "/(/"', { said: ['error --cors gateway-origin'] }],
    ['--outputTransport stdio', { said: ['error --output-transport stdio-output'] }],
    ['--oauth2Bearer t', { said: ['error --oauth2Bearer bearer'] }],
    ['npx x', { said: ['error --stdio one-command'] }],
  ])('%s', (text, expected) => {
    const {
      said = [],
      paths,
      ...gateway
    } = gatewayOf(words(`--host 127.0.0.1 --port 1 ${STDIO} ${text}`)) as {
      said?: string[];
      paths?: Record<string, string[]>;
    };
    const { message: _, ...more } = paths ?? {};
    expect({
      ...gateway,
      ...(said.length > 0 ? { said } : {}),
      ...(Object.keys(more).length > 0 ? { paths: more } : {}),
    }).toEqual({ host: '127.0.0.1', port: 1, ...expected });
  });

  test('a log level of its own words', () => {
    expect(serveArguments(['--logLevel', 'none', '--stdio', 'x'], optionsOf())).toEqual([
      ...['--log-level', 'silent', '--stdio', 'x'],
    ]);
  });
});

describe('command lines of punkpeye/mcp-proxy', () => {
  test.each([
    ['--port 8080 --server stream -- npx x', { port: 8080, paths: { health: ['/ping'] } }],
    [
      '--port 8080 --server sse --endpoint /a -- npx x',
      { port: 8080, paths: { sse: ['/a'], health: ['/ping'] } },
    ],
    ['--endpoint /a -- npx x', { paths: { http: ['/a'] } }],
    ['--streamEndpoint /a --sseEndpoint /b -- npx x', { paths: { http: ['/a'], sse: ['/b'] } }],
    ['--stateless --maxBodySize 1048576 -- npx x', { stateless: true, maxBodyBytes: 1_048_576 }],
    [
      '--apiKey 0123456789abcdef -- npx x',
      {
        ...{ keys: { key: '0123456789abcdef' }, said: ['warning --api-key key-visible'] },
      },
    ],
    [
      '--requestTimeout 1000 --no-eventStore --no-modern -- npx x',
      {
        said: [
          ...[
            'warning --requestTimeout no-limit',
            'warning --eventStore event-store',
            'warning --modern eras',
          ],
        ],
      },
    ],
    ['--tunnel -- npx x', { said: ['error --tunnel tunnel'] }],
    ['--sslCert /a --sslKey /b -- npx x', { tls: { cert: resolve('/a'), key: resolve('/b') } }],
    ['--tls-cert /a --tls-key /b -- npx x', { tls: { cert: resolve('/a'), key: resolve('/b') } }],
    ['--tls-cert /a -- npx x', { said: ['error --tls-cert gateway-tls'] }],
    ['--sslCa /c -- npx x', { said: ['error --sslCa client-certificates'] }],
    ['--trust-proxy 10.0.0.0/8 -- npx x', { trustProxy: ['10.0.0.0/8'] }],
    ['--trust-proxy proxy.lan -- npx x', { said: ['error --trust-proxy gateway-network'] }],
    ['--insecure-no-auth -- npx x', { insecureNoAuth: true }],
    ['--shell -- npx x', { said: ['error --shell shell'] }],
    ['--server both -- npx x', { paths: { health: ['/ping'] }, said: ['error --server punkpeye-server'] }],
  ])('%s', (text, expected) => {
    expect(commandsOf(text)).toEqual([{ command: ['npx', 'x'], ...own }]);
    expect(gatewayOf(words(text))).toEqual(expected);
  });
});

describe('command lines of mcp-pipe', () => {
  test('nothing is the whole configuration', () => {
    expect(read([])).toMatchObject({ target: undefined, config: undefined, endpoint: undefined });
  });

  test('one word is a server, a script or a program', () => {
    expect(read(['memory']).target).toEqual({ name: 'memory', mayBeProgram: true });
    expect(read(['server.py'], ['server.py']).target).toEqual({ name: 'server.py', mayBeProgram: true });
  });

  test('a script may have arguments', () => {
    const target = { name: 'server.py', args: ['--root', '/srv'], mayBeProgram: true };
    expect(read(['server.py', '--root', '/srv'], ['server.py']).target).toEqual(target);
    expect(read(['server.py', '--', '--root', '/srv'], ['server.py']).target).toEqual(target);
  });

  test('an address is a remote server, with headers for it', () => {
    const headers = { Authorization: 'Bearer t' };
    const target = {
      remote: { type: 'http', url: 'https://a.example/mcp', headers, insecureHost: undefined },
    };
    const given = ['--http', 'https://a.example/mcp', '-H', 'Authorization: Bearer t'];
    expect(read(given)).toMatchObject({ target });
    expect(read(given).gateway.responseHeaders).toBeUndefined();
    expect(read(['-H', 'Authorization', 'Bearer t', 'https://a.example/mcp'])).toMatchObject({
      target: { remote: { url: 'https://a.example/mcp', headers } },
    });
    expect(read(['--streamableHttp', 'https://a.example/mcp'])).toMatchObject({
      target: { remote: { type: 'http', url: 'https://a.example/mcp' } },
    });
  });

  test('an endpoint is dialled as well', () => {
    expect(read(['--endpoint', 'wss://a.example/mcp', 'npx', 'x']).endpoint).toBe('wss://a.example/mcp');
    expect(read(['-e', 'wss://a.example/mcp', 'npx', 'x']).endpoint).toBe('wss://a.example/mcp');
  });

  test.each([
    [['--host', 'http://localhost', 'npx', 'x'], 'gateway-host'],
    [['--allow-origin', 'example.com', 'npx', 'x'], 'gateway-origin'],
    [['--allow-host', 'https://example.com', 'npx', 'x'], 'gateway-allowed-host'],
    [['--healthEndpoint', 'health', 'npx', 'x'], 'gateway-path'],
    [['--ssePath', '/mcp', 'npx', 'x'], 'gateway-path-taken'],
    [['--header', 'Content-Length: 1', 'npx', 'x'], 'gateway-header'],
    [['--sessionTimeout', 'long', 'npx', 'x'], 'shape'],
    [['--sessionTimeout', '0', 'npx', 'x'], 'shape'],
    [['--stateless', '--maxBodySize', '0', 'npx', 'x'], 'shape'],
  ])('%j is refused', (argv, id) => {
    expect(read(argv).gateway.findings!.map((finding) => finding.id)).toEqual([id]);
  });

  test('every kind of path can be set', () => {
    const argv = [
      ...['--streamableHttpPath', '/1', '--ssePath', '/2', '--messagePath', '/3', '--healthEndpoint', '/4'],
    ];
    const both = { ...read(argv).gateway.paths, ...read(['--outputTransport', 'ws']).gateway.paths };
    expect(Object.keys(both).sort()).toEqual([...GATEWAY_PATHS].sort());
  });
});

describe('a command in one text', () => {
  test.each([
    ['a b  c', ['a', 'b', 'c']],
    [`a 'b c' "d e"`, ['a', 'b c', 'd e']],
    [`a "b 'c'" 'd "e"'`, ['a', "b 'c'", 'd "e"']],
    ['a b\\ c "d\\"e" "f\\g"', ['a', 'b c', 'd"e', 'f\\g']],
    [`a '' ""`, ['a', '', '']],
    [`a x'y z'w`, ['a', 'xy zw']],
    ['', []],
  ])('%s', (text, split) => {
    expect(splitWords(text, 'linux')).toEqual({ words: split, needsShell: false });
  });

  test('a path of Windows keeps its backslashes', () => {
    expect(splitWords('C:\\x\\y.exe "C:\\My Files"', 'win32')!.words).toEqual([
      'C:\\x\\y.exe',
      'C:\\My Files',
    ]);
  });

  test.each(['a | b', 'a > b', 'a && b', 'echo $HOME', 'echo "$HOME"', 'ls *.js', 'cat ~/x', '(a)'])(
    '%s needs a shell',
    (text) => {
      expect(shellCommand(text, 'linux')).toEqual(['sh', '-c', text]);
    },
  );

  test.each([`echo '$HOME'`, 'a --b=c', 'a@b'])('%s needs none', (text) => {
    expect(splitWords(text, 'linux')!.needsShell).toBe(false);
  });

  test.each([`a "b`, `a 'b`])('%s is not closed', (text) => {
    expect(splitWords(text, 'linux')).toBeUndefined();
  });
});

function optionsOf() {
  const line: CommandLine = {
    ...{ lang: 'en', words: help.en, argv: [], afterDashes: undefined, commandNames: [], exitCode: 0 },
  };
  return serveOptions(new LocalizedCommand('serve', line)).options;
}
