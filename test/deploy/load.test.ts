import { spawn } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { folder, root } from '../helpers/cli.js';
import { gatewayProgram, program } from '../helpers/gateway-program.js';
import { listen } from '../helpers/listen.js';
import { ended } from './programs.js';

const LOAD = join(root, 'deploy/load');
const calculator = program(join(root, 'examples/calculator.js'));
const CALL = ['--tool', 'calculate', '--args', '{"expression":"6 * 7"}'];

/** Runs a script of Node.js to its end. */
function node(args: readonly string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return ended(child);
}

const load = (...args: string[]) => node([join(LOAD, 'load.mjs'), '--seconds', '2', ...args]);

test('users have sessions with a gateway that is started for them, and the result is written down', async () => {
  const json = join(await folder(), 'load-test.json');
  const { code, output } = await load('--users', '5', '--p95', '60000', '--json', json);
  expect(output).toContain('holds  every request is answered as it should be');
  expect(code, output).toBe(0);
  const { passed, url, users, rows } = JSON.parse(await readFile(json, 'utf8'));
  expect([passed, url, users]).toEqual([true, null, 5]);
  const { requests } = rows[0];
  expect(requests).toBeGreaterThanOrEqual(5);
  const statuses = (status: number) => ({ requests, failed: 0, statuses: { [status]: requests } });
  expect(rows).toMatchObject([
    { step: 'initialize', ...statuses(200) },
    { step: 'initialized', ...statuses(202) },
    { step: 'tools/list', ...statuses(200) },
    { step: 'tools/call', ...statuses(200) },
    { step: 'end', ...statuses(204) },
    { step: 'all', requests: requests * 5, failed: 0 },
  ]);
  for (const { p50, p95, p99, max } of rows)
    expect([p50, p95, p99, max]).toEqual([p50, p95, p99, max].sort((a, b) => a - b));
});

test('answers that take too long, or are none, fail the run', async () => {
  const gateway = await gatewayProgram({
    mcpServers: { calculator },
    gateway: { keys: { an: 'the-key-of-this-test-0' } },
  });
  const own = { MCP_PIPE_KEY: 'the-key-of-this-test-0' };
  const args = [join(LOAD, 'load.mjs'), '--seconds', '1', '--users', '2', '--url', gateway.url('calculator')];
  const slow = await node([...args, ...CALL, '--p95', '1'], own);
  expect(slow.output).toMatch(/holds {2}every request[^\n]*\nFAILS {2}p95 of all requests < 1 ms/);
  expect(slow.code).toBe(1);
  const refused = await node([...args, '--p95', '60000']);
  expect(refused.output).toMatch(/initialize +\|[^\n]*401: \d/);
  expect(refused.output).toContain('FAILS  every request');
  expect(refused.code).toBe(1);
  // A tool that answers with an error has the status 200.
  const wrong = await node([...args, '--tool', 'calculate', '--args', '{}', '--p95', '60000'], own);
  expect(wrong.output).toMatch(/tools\/call +\|[^\n]*200: \d[^\n|]*\| +[1-9]/);
  expect(wrong.code).toBe(1);
  const gone = await load('--users', '1', '--url', 'http://127.0.0.1:9/mcp');
  expect(gone.output).toContain('ECONNREFUSED');
  expect(gone.code).toBe(1);
});

test('wrong options are said in words', async () => {
  for (const args of [['--users', 'many'], ['--url', 'ftp://a'], ['--tool', 'a'], ['--what']]) {
    const { code, output } = await load(...args);
    expect([code, output.split('\n').length]).toEqual([2, 2]);
    expect(output).toMatch(/^load: /);
  }
});

/** The modules of k6 that the script uses, for Node.js: HTTP is done by curl, because k6 waits for each answer in place. */
const K6 = {
  k6: `export const failed = [];
    export const sleep = () => {};
    export const check = (value, checks) => Object.entries(checks).every(([name, is]) => is(value) || (failed.push(name), false));`,
  'k6/http': `import { execFileSync } from 'node:child_process';
    const ask = (method, url, body, { headers }) => {
      const args = ['-s', '-i', '--noproxy', '*', '-X', method, url, ...(body === null ? [] : ['--data-binary', body])];
      const text = execFileSync('curl', [...args, ...Object.entries(headers).flatMap(([k, v]) => ['-H', k + ': ' + v])], { encoding: 'utf8' });
      const [head, ...rest] = text.split('\\r\\n\\r\\n');
      const [first, ...lines] = head.split('\\r\\n');
      const large = (name) => name.replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase());
      const response = {
        status: Number(first.split(' ')[1]),
        headers: Object.fromEntries(lines.map((line) => [large(line.split(': ')[0].toLowerCase()), line.split(': ')[1]])),
        body: rest.join('\\r\\n\\r\\n'),
      };
      console.log(method, body === null ? '' : JSON.parse(body).method, response.status);
      return response;
    };
    export default { post: (url, body, params) => ask('POST', url, body, params), del: (url, body, params) => ask('DELETE', url, body, params) };`,
};

test('the script for k6 asks for the same as the users of `npm run load`', async () => {
  const gateway = await gatewayProgram({
    mcpServers: { calculator },
    gateway: { keys: { an: 'the-key-of-this-test-0' } },
  });
  const { origin, seen } = await beside(gateway.origin);
  const own = await folder();
  for (const [name, text] of Object.entries(K6)) {
    const at = join(own, 'node_modules', name);
    await mkdir(at, { recursive: true });
    await writeFile(join(at, 'index.js'), text);
    const exports = { '.': './index.js', './http': './http/index.js' };
    if (name === 'k6') await writeFile(join(at, 'package.json'), JSON.stringify({ type: 'module', exports }));
  }
  await writeFile(join(own, 'package.json'), '{"type":"module"}');
  await writeFile(join(own, 'k6.js'), await readFile(join(LOAD, 'k6.js')));
  const url = `${origin}/servers/calculator/mcp`;
  const env = { MCP_URL: url, MCP_KEY: 'the-key-of-this-test-0', MCP_TOOL: 'calculate' };
  const text = `globalThis.__ENV = ${JSON.stringify({ ...env, MCP_ARGS: '{"expression":"6 * 7"}' })};
    const { default: session, options } = await import(${JSON.stringify(pathToFileURL(join(own, 'k6.js')).href)});
    session();
    const { failed } = await import('k6');
    console.log(JSON.stringify({ failed, options }));`;
  await writeFile(join(own, 'once.mjs'), text);
  const once = await node([join(own, 'once.mjs')]);
  expect(once.code, once.output).toBe(0);
  const { failed, options } = JSON.parse(once.output.trim().split('\n').at(-1)!);
  expect(failed).toEqual([]);
  expect(options).toMatchObject({ vus: 50, duration: '30s' });
  expect(options.thresholds.http_req_duration).toEqual(['p(95)<500']);
  const byK6 = seen.splice(0);
  expect(byK6).toHaveLength(5);

  const args = ['--users', '1', '--seconds', '1', '--pause', '1000', '--p95', '60000', '--url', url];
  const ours = await node([join(LOAD, 'load.mjs'), ...args, ...CALL], { MCP_PIPE_KEY: env.MCP_KEY });
  expect(ours.code, ours.output).toBe(0);
  expect(seen.slice(0, 5)).toEqual(byK6);
});

/** Hands requests on to a gateway, and writes down what matters of each. */
async function beside(target: string) {
  const seen: object[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk;
    const { id: _, ...message } = body === '' ? {} : JSON.parse(body);
    const { authorization, accept } = request.headers;
    const session = request.headers['mcp-session-id'];
    const version = request.headers['mcp-protocol-version'];
    seen.push({
      verb: request.method,
      message,
      authorization,
      accept,
      version,
      hasSession: session !== undefined,
    });
    const headers = Object.entries(request.headers).filter(
      ([name]) => !/^(host|connection|content-length)$/.test(name),
    );
    const answer = await fetch(`${target}${request.url}`, {
      method: request.method!,
      headers: headers as [string, string][],
      ...(body === '' ? {} : { body }),
    });
    const text = await answer.text();
    const kept = [...answer.headers].filter(([name]) => /^(content-type|mcp-session-id)$/.test(name));
    response.writeHead(answer.status, Object.fromEntries(kept)).end(text);
  });
  server.on('error', () => {});
  const port = await listen(server);
  onTestFinished(() => void server.close().closeAllConnections());
  return { origin: `http://127.0.0.1:${port}`, seen };
}
