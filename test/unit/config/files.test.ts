import { execFileSync } from 'node:child_process';
import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, onTestFinished, test } from 'vitest';
import { JsonSource } from '../../../src/config/json-source.js';
import { loadConfig } from '../../../src/config/load.js';
import { makePlan } from '../../../src/config/plan.js';
import { decodeText, readOrdinaryFile, undecodableLine } from '../../../src/config/text-file.js';
import { ADDRESS, calc, folderWith, plan, refusal, removeFolders, worded } from './workspace.js';

afterEach(removeFolders);

/** "tính tổng" in the encoding of an older Vietnamese Windows, "计算" in that of a Chinese one. */
const CP1258 = Buffer.from('t\xednh t\xf4\xf2ng', 'latin1');
const GBK = Buffer.from([0xbc, 0xc6, 0xcb, 0xe3]);

describe('a file in another encoding', () => {
  const inJson = (bytes: Buffer) =>
    Buffer.concat([
      Buffer.from('{"mcpServers": {\n"a": {"command": "node",\n"description": "'),
      bytes,
      Buffer.from('"}}}'),
    ]);

  test.each([
    ['GBK', inJson(GBK), 3],
    ['CP1258', inJson(CP1258), 3],
    ['UTF-16 without its mark', Buffer.from(JSON.stringify(calc()), 'utf16le'), 1],
    ['a damaged UTF-8', inJson(Buffer.from([0xc3])), 3],
  ])('%s is one error with its line', async (_, bytes, line) => {
    const cwd = folderWith({ 'mcp_config.json': bytes });
    const findings = await refusal(loadConfig({ cwd, env: {} }));
    expect(findings).toEqual([
      expect.objectContaining({ id: 'not-utf8', line, file: join(cwd, 'mcp_config.json') }),
    ]);
  });

  test.each([
    [
      'UTF-16 with its mark',
      Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(JSON.stringify(calc()), 'utf16le')]),
    ],
    [
      'the other UTF-16 with its mark',
      Buffer.concat([Buffer.from([0xfe, 0xff]), Buffer.from(JSON.stringify(calc()), 'utf16le').swap16()]),
    ],
    ['UTF-8 with its mark', Buffer.from(`\uFEFF${JSON.stringify(calc())}`)],
  ])('%s is read', async (_, bytes) => {
    const config = await loadConfig({ cwd: folderWith({ 'mcp_config.json': bytes }), env: {} });
    expect(config.servers.map(({ name }) => name)).toEqual(['calc']);
  });

  test('of variables is an error with its line, but for comments', async () => {
    const comment = Buffer.concat([Buffer.from('# '), CP1258, Buffer.from('\nA=1\n')]);
    const cwd = folderWith({ 'mcp_config.json': calc(), '.env': comment });
    expect((await loadConfig({ cwd, env: {} })).env.A).toBe('1');
    writeFileSync(join(cwd, '.env'), Buffer.concat([comment, Buffer.from('B='), CP1258]));
    expect(await refusal(loadConfig({ cwd, env: {} }))).toMatchObject([
      { id: 'not-utf8', line: 3, file: join(cwd, '.env') },
    ]);
  });

  test('of an envFile or of a secret stops what needs it', async () => {
    const files = { 'x.env': Buffer.concat([Buffer.from('A=1\nB='), GBK]), secret: GBK };
    const cwd = folderWith({ ...files, 'mcp_config.json': calc({ envFile: 'x.env' }) });
    const load = (env: Record<string, string>) => loadConfig({ cwd, env });
    const findings = await refusal(async () => makePlan(await load({ MCP_ENDPOINT: ADDRESS }), { cwd }));
    expect(findings).toMatchObject([{ id: 'not-utf8', line: 2 }]);
    const { value, unreadable } = (await load({ X_FILE: join(cwd, 'secret') })).environment.read('X');
    expect([value, unreadable?.problem]).toEqual([undefined, { odd: 'not-utf8' }]);
  });

  test('any bytes are decoded without an error, and judged the same in one piece', () => {
    for (const bytes of [Buffer.alloc(0), Buffer.from([0xff, 0xfe]), Buffer.from([0xfe, 0xff, 1]), GBK]) {
      expect(typeof decodeText(bytes)).toBe('string');
    }
    expect(undecodableLine(Buffer.from('a\nb\n'))).toBeUndefined();
    expect(undecodableLine(Buffer.concat([Buffer.from('a\n\n'), GBK]))).toBe(3);
  });
});

describe.runIf(process.platform !== 'win32')('what is no ordinary file', () => {
  /** A pipe that nobody writes to: whoever opens it as a file waits for ever. */
  const fifo = (folder: string, name: string) => {
    execFileSync('mkfifo', [join(folder, name)]);
    return join(folder, name);
  };

  test.each([
    ['a pipe', (folder: string) => fifo(folder, 'p'), 'a pipe (FIFO)'],
    ['a folder', (folder: string) => folder, 'EISDIR'],
    ['/dev/zero', () => '/dev/zero', 'a device'],
    ['/dev/tty or another terminal', () => '/dev/ptmx', 'a device'],
  ])('%s is named at once, as a configuration and as .env', async (_, make, got) => {
    const cwd = folderWith({ 'mcp_config.json': calc() });
    const file = make(cwd);
    for (const options of [{ file }, { envFile: file }]) {
      const findings = await refusal(loadConfig({ cwd, env: {}, ...options }));
      expect(findings).toMatchObject([{ file, got, code: 'CONFIG_FILE_UNREADABLE' }]);
    }
  });

  test('a socket is named, and a file that is far too long', async () => {
    const cwd = folderWith({ 'mcp_config.json': calc() });
    const server = createServer().listen(join(cwd, 's'));
    onTestFinished(() => void server.close());
    await new Promise((resolve) => server.once('listening', resolve));
    expect(await refusal(loadConfig({ cwd, env: {}, file: 's' }))).toMatchObject([{ got: 'a socket' }]);
    writeFileSync(join(cwd, 'long.json'), '');
    truncateSync(join(cwd, 'long.json'), 3 * 2 ** 30);
    const findings = await refusal(loadConfig({ cwd, env: {}, file: 'long.json' }));
    expect(findings).toMatchObject([{ got: 'a file that is far too long' }]);
  });

  test('a pipe as envFile or as the file of a secret is named', async () => {
    const cwd = folderWith({ 'mcp_config.json': calc({ envFile: 'p' }) });
    const file = fifo(cwd, 'p');
    const load = (env: Record<string, string>) => loadConfig({ cwd, env });
    expect(await refusal(async () => makePlan(await load({ MCP_ENDPOINT: ADDRESS }), { cwd }))).toMatchObject(
      [{ id: 'env-file-unreadable', got: `${file}: a pipe (FIFO)` }],
    );
    writeFileSync(join(cwd, 'mcp_config.json'), JSON.stringify(calc()));
    expect(
      await refusal(async () => makePlan(await load({ MCP_ENDPOINT_FILE: file }), { cwd })),
    ).toMatchObject([{ id: 'secret-file', got: `${file}: a pipe (FIFO)` }]);
    const zero = await refusal(async () => makePlan(await load({ MCP_ENDPOINT_FILE: '/dev/zero' }), { cwd }));
    expect(zero).toMatchObject([{ id: 'secret-file', got: '/dev/zero: a device' }]);
  });

  test('/dev/null says that there is none, and files without a size are read whole', async () => {
    const cwd = folderWith({ 'mcp_config.json': calc(), '.env': 'A=1\n' });
    expect((await loadConfig({ cwd, env: {}, envFile: '/dev/null' })).env).toEqual({});
    expect(readOrdinaryFile('/proc/self/status').toString()).toContain('Pid:');
    expect(() => readOrdinaryFile(join(cwd, '.env'), 3)).toThrow('EFBIG');
  });
});

describe('a file that is no JSON', () => {
  test.each([
    ['yaml', 1, 'mcpServers:\n  calc:\n    command: node\n'],
    ['yaml', 2, '# mine\n---\nmcpServers: {}\n'],
    ['yaml', 1, 'extensions: \n  - name: x\n'],
    ['toml', 1, '[mcp_servers.calc]\ncommand = "node"\n'],
    ['toml', 1, 'model = "x"\n[mcp_servers.calc]\n'],
    ['env', 1, 'MCP_ENDPOINT=wss://api.xiaozhi.me/mcp/?token=x\n'],
    ['fence', 1, '```json\n{"mcpServers": {}}\n```\n'],
    ['fence', 2, '{"mcpServers": {}}\n```\n'],
    ['typographic-quotes', 2, '{\n“mcpServers”: {}}'],
    ['typographic-quotes', 1, '{"mcpServers": {"a": {"command": „node“}}}'],
    ['odd-spaces', 2, '{\n\u00A0\u00A0"mcpServers": {}}'],
    ['odd-spaces', 1, '{"mcpServers":\u3000{}}'],
    ['odd-spaces', 1, '{\u200B"mcpServers": {}}'],
    ['wide-marks', 1, '{"mcpServers"：{}}'],
    ['wide-marks', 2, '{"a": 1,\n"b": 2， "c": 3}'],
    ['half-json', 1, '"mcpServers": {\n"a": {"command": "node"}\n}\n'],
    ['half-json', 1, '"calc": { "command": "node", "args": ["x.js"] },\n'],
    ['half-json', 1, '"command": "node",\n"args": ["x.js"]\n'],
    ['yaml', 1, '"mcpServers":\n  calc:\n    command: node\n'],
    ['javascript', 1, 'module.exports = { mcpServers: {} };\n'],
    ['javascript', 2, '// mine\nexport default { mcpServers: {} }\n'],
    ['xml', 1, '<!DOCTYPE html>\n<html>'],
  ])('is named once: %s, line %i of %j', (format, line, text) => {
    expect(new JsonSource('/c.json', text).findings).toMatchObject([
      { id: 'other-format', line, params: { format } },
    ]);
  });

  test.each([
    '{"a": 1 "b": 2}',
    '["a"',
    '{"text": "“quoted”"',
    '{"a": 1}\n{"b": 2}',
    '{"a：\u00A0": [1 2] // ，\u00A0\n}',
  ])('is JSON with an error otherwise: %j', (text) => {
    expect(new JsonSource('/c.json', text).findings[0]?.id).toBe('json-syntax');
  });

  test('typographic quotes inside of texts are texts', async () => {
    const { links } = await plan('{"mcpServers": {"a": {"command": "node", "args": ["“x”"]}}}');
    expect(links).toHaveLength(1);
  });

  test('half a file works once the advice is obeyed', async () => {
    const half = '"mcpServers": {\n"a": {"command": "node"}\n}';
    const [finding] = worded(new JsonSource('/c.json', half).findings);
    const [, before, after] = /Put (.) before its first line and (.) behind/.exec(finding!.next)!;
    expect((await plan(`${before}${half}${after}`)).links).toHaveLength(1);
  });

  test.each([
    ['brackets', `${'['.repeat(2_000)}${']'.repeat(2_000)}`],
    ['braces', `${'{"a":'.repeat(2_000)}1${'}'.repeat(2_000)}`],
    ['100,000 brackets that are never closed', '['.repeat(100_000)],
    ['an entry of a server', `{"mcpServers": {"a": ${'{"b":\n'.repeat(3_000)}1${'}'.repeat(3_002)}`],
  ])('nesting of 2,000 is a finding: %s', async (_, text) => {
    const findings = await refusal(plan(text));
    expect(findings).toMatchObject([{ id: 'too-deep', line: expect.any(Number), severity: 'error' }]);
  });
});

describe('lines of .env that set nothing', () => {
  const linesOf = async (text: string, env: Record<string, string> = {}, config: object = calc()) => {
    const cwd = folderWith({ 'mcp_config.json': config, '.env': text });
    const { findings } = await loadConfig({ cwd, env });
    return worded(findings).map(({ id, line, next, severity }) => ({ id, line, next, severity }));
  };

  test.each([
    ['$env:MCP_ENDPOINT = "wss://h/"', 'MCP_ENDPOINT='],
    ['set MCP_ENDPOINT=wss://h/', 'MCP_ENDPOINT='],
    ['SET "MCP_ENDPOINT=wss://h/"', 'MCP_ENDPOINT='],
    ['setx MCP_ENDPOINT wss://h/', 'MCP_ENDPOINT='],
    ['setenv MCP_ENDPOINT wss://h/', 'MCP_ENDPOINT='],
    ['declare -x API_KEY=1', 'API_KEY='],
    ['MCP_ENDPOINT wss://h/', 'MCP_ENDPOINT='],
    ['MCP_ENDPOINT：wss://h/', 'MCP_ENDPOINT='],
    ['"MCP_ENDPOINT": "wss://h/",', 'MCP_ENDPOINT='],
    ['wss://api.xiaozhi.me/mcp/?token=made-up-token', 'MCP_ENDPOINT='],
    ['mumble', 'NAME=value'],
  ])('%s is named with its line and what to write', async (line, write) => {
    const found = await linesOf(`# mine\n\n${line}\nB=1\n`);
    expect(found).toMatchObject([{ id: 'env-line', line: 3, severity: 'warning' }]);
    expect(found[0]!.next).toContain(`write ${write}`);
    expect(JSON.stringify(found)).not.toContain('made-up');
  });

  test.each([
    'mcp_endpoint=wss://h/',
    'Mcp_Endpoint=wss://h/',
    'MCP-ENDPOINT=wss://h/',
    'MCP_ENDPONT=wss://h/',
  ])('%s is named: the spelling counts', async (line) => {
    const found = await linesOf(`A=1\n${line}\n`);
    expect(found).toMatchObject([{ id: 'env-name', line: 2, severity: 'warning' }]);
    expect(found[0]!.next).toContain('MCP_ENDPOINT=');
    // Nobody misses it.
    expect(await linesOf(`MCP_ENDPOINT=wss://h/\n${line}\n`)).toEqual([]);
  });

  test('in the environment it is named as well, but the variables of others are not', async () => {
    expect(await linesOf('', { mcp_endpoint: 'wss://h/' })).toMatchObject([{ id: 'env-name' }]);
    expect(await linesOf('', { THEIR_MCP_ENDPOINT: 'wss://h/', endpoint: 'wss://h/' })).toEqual([]);
  });

  test('one that the configuration names is meant', async () => {
    const named = calc({ endpoint: '$' + '{mcp_endpoint}' });
    expect(await linesOf('mcp_endpoint=wss://h/\n', {}, named)).toEqual([]);
  });

  test('everything that dotenv reads is passed over', async () => {
    const text = [
      '# c',
      'A=1',
      ' B = 2',
      'export C=3',
      'D: 4',
      'KEY="-----BEGIN',
      'set MCP_ENDPOINT=inside of a text',
      '-----END"',
      "E='one",
      "two'",
      'F="open',
      'G=1',
      'export A',
      'H="a" # b',
      '',
    ].join('\r\n');
    expect(await linesOf(text)).toEqual([]);
  });
});

describe('a file under another name', () => {
  test.each(['.env.txt', 'env', 'env.txt'])('%s instead of .env is said', async (name) => {
    const cwd = folderWith({ 'mcp_config.json': calc(), [name]: 'A=1\n' });
    const { findings } = await loadConfig({ cwd, env: {} });
    expect(worded(findings)).toMatchObject([
      { id: 'file-misnamed', got: join(cwd, name), severity: 'warning' },
    ]);
    writeFileSync(join(cwd, '.env'), '');
    expect((await loadConfig({ cwd, env: {} })).findings).toEqual([]);
  });

  test('mcp_config.json.txt is said, and a folder env of Python is not', async () => {
    const cwd = folderWith({ 'mcp_config.json.txt': calc() });
    mkdirSync(join(cwd, 'env'));
    const findings = await refusal(async () => makePlan(await loadConfig({ cwd, env: {} }), { cwd }));
    expect(findings.map(({ id }) => id).sort()).toEqual(['file-misnamed', 'no-configuration']);
  });
});
