// How long a call takes behind Ray Serve, and at one plain replica of mcp-pipe beside it: rounds take turns, medians of rounds.
//   unshare -rn sh -c "ip link set lo up; exec PYTHON test/fixtures/deploy/ray-up.py /tmp/r 'node bin/mcp-pipe.js' CONFIG 2 node bench/ray.mjs KEY CONFIG"
// MCP_PROXY=PATH/mcp-proxy (of PyPI) and MCP_PROXY_NPM=PATH/mcp-proxy.mjs (of npm) are measured beside them.
// CONFIG has a server "one" of test/fixtures/servers/shared.mjs, and the key. docs/ray.md and docs/docker-mcp-gateway.md have what it printed.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

const ROUNDS = 7;
const CALLS = 100;
const AT_ONCE = 16;
const [key, config, behindRay] = process.argv.slice(2);

async function plain() {
  const env = {
    ...process.env,
    MCP_PIPE_HOST: '127.0.0.1',
    MCP_PIPE_PORT: '0',
    MCP_PIPE_STATE: '/tmp/bench-ray',
  };
  const child = spawn('node', ['bin/mcp-pipe.js', '--config', config, '--log-format', 'json'], {
    env: { ...env, MCP_PIPE_CONTROL: '/tmp/bench-ray/control.sock' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  for await (const text of child.stderr.setEncoding('utf8')) {
    said += text;
    const [, origin] = /"gateway-address","url":"(http:\/\/[^/]+)/.exec(said) ?? [];
    if (origin && said.includes('server-ready')) return { child, origin };
  }
  throw new Error(said);
}

/** A program that has the same server behind it: its command line up to the server's. */
async function proxy(program, ...before) {
  const { command, args } = JSON.parse(readFileSync(config, 'utf8').replace(/^\s*\/\/.*$/gm, '')).mcpServers
    .one;
  const port = 15_000 + Math.floor(Math.random() * 9_000);
  const own = [...before, '--host', '127.0.0.1', '--port', String(port), '--', command, ...args];
  const start = performance.now();
  const child = spawn(program, own, { stdio: 'ignore' });
  const origin = `http://127.0.0.1:${port}`;
  while (!(await fetch(`${origin}/status`).catch(() => undefined)))
    await new Promise((go) => setTimeout(go, 50));
  return { child, origin, readyMs: performance.now() - start };
}

async function clientOf(origin, path = '/servers/one/mcp') {
  const client = new Client({ name: 'bench', version: '1' });
  client.onerror = () => {};
  const requestInit = { headers: { authorization: `Bearer ${key}` } };
  await client.connect(new StreamableHTTPClientTransport(new URL(`${origin}${path}`), { requestInit }));
  return () => client.callTool({ name: 'echo', arguments: { text: 'x' } });
}

const sorted = (numbers) => [...numbers].sort((a, b) => a - b);
const at = (numbers, part) => sorted(numbers)[Math.floor((numbers.length - 1) * part)];
const median = (numbers) => at(numbers, 0.5);

async function round(calls) {
  const times = [];
  for (let i = 0; i < CALLS; i++) {
    const start = performance.now();
    await calls[0]();
    times.push(performance.now() - start);
  }
  const start = performance.now();
  await Promise.all(
    calls.map(async (call) => {
      for (let i = 0; i < CALLS / 5; i++) await call();
    }),
  );
  const perSecond = (calls.length * (CALLS / 5)) / ((performance.now() - start) / 1_000);
  return { p50: at(times, 0.5), p99: at(times, 0.99), perSecond };
}

/** Memory that is theirs (PSS, in MB) of processes whose command line has that in it. */
function memory(isOne) {
  let kb = 0;
  let count = 0;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      if (!isOne(readFileSync(`/proc/${pid}/cmdline`, 'utf8'), Number(pid))) continue;
      kb += Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0);
      count += 1;
    } catch {
      // It has ended, or is of another user.
    }
  }
  return { processes: count, mb: Math.round(kb / 1024) };
}

const one = await plain();
const { MCP_PROXY, MCP_PROXY_NPM } = process.env;
const others = Object.entries({
  'mcp-proxy of PyPI': MCP_PROXY && (await proxy(MCP_PROXY)),
  'mcp-proxy of npm': MCP_PROXY_NPM && (await proxy(process.execPath, MCP_PROXY_NPM, '--server', 'stream')),
}).filter(([, other]) => other);
const sides = {
  plain: [one.origin],
  ...(behindRay ? { ray: [behindRay] } : {}),
  ...Object.fromEntries(others.map(([name, { origin }]) => [name, [origin, '/mcp']])),
};
const names = Object.keys(sides);
const calls = {};
for (const [name, where] of Object.entries(sides))
  calls[name] = await Promise.all(Array.from({ length: AT_ONCE }, () => clientOf(...where)));
const rounds = Object.fromEntries(names.map((name) => [name, []]));
for (const name of names) await round(calls[name]);
for (let i = 0; i < ROUNDS; i++)
  for (const name of i % 2 === 0 ? names : [...names].reverse()) rounds[name].push(await round(calls[name]));
for (const [name, all] of Object.entries(rounds)) {
  const [p50, p99, perSecond] = ['p50', 'p99', 'perSecond'].map((what) =>
    median(all.map((some) => some[what])),
  );
  process.stdout.write(
    `${name}: p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms, ${AT_ONCE} clients ${perSecond.toFixed(0)} calls/s\n`,
  );
}
process.stdout.write(
  `memory of Ray: ${JSON.stringify(memory((line) => /ray::|raylet|gcs_server|\/ray\//.test(line)))}\n`,
);
process.stdout.write(
  `memory of one mcp-pipe: ${JSON.stringify(memory((_, pid) => pid === one.child.pid))}\n`,
);
for (const [name, { child, readyMs }] of others) {
  const own = JSON.stringify(memory((_, pid) => pid === child.pid));
  process.stdout.write(`memory of ${name}: ${own}, ready after ${Math.round(readyMs)} ms\n`);
  child.kill('SIGTERM');
}
one.child.kill('SIGTERM');
await once(one.child, 'exit');
process.exit(0);
