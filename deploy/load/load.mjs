#!/usr/bin/env node
/** The scenario of deploy/load/k6.js without k6: `npm run load`, or this file alone with Node.js 20 or newer. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startOwnGateway } from './own-gateway.mjs';
import { Report, tableOf } from './report.mjs';
import { User } from './scenario.mjs';

const HELP = `npm run load -- [options]

Users that open a session of MCP over HTTP, list the tools, call one, end the session, and begin again: how long do answers take, and do
all come? Without --url a gateway of its own is started, with the calculator behind it.

  --url URL        an MCP endpoint over Streamable HTTP, such as https://mcp.example.com/servers/calculator/mcp
  --key-file FILE  its key is in this file (or in the variable MCP_PIPE_KEY)
  --tool NAME      the tool that is called; with --url none is, unless it is named here
  --args JSON      its arguments ({})
  --users N        at the same time (50)
  --seconds N      for so long no session is begun after the first (30)
  --pause MS       between two sessions of a user (1000)
  --p95 MS         95 of 100 requests may take less than this (500)
  --insecure       does not check the certificate
  --json FILE      writes the result into a file; a deployment's is deploy/state/ENV/load-test.json

Exit code 0: the thresholds hold; 1: they do not; 2: wrong usage.
`;

const MOST_USERS = 2_000;
const MOST_SECONDS = 3_600;

/** @param {number | undefined} load */
const figure = (load) => (load ?? 0).toFixed(1);

process.exitCode = await main();

async function main() {
  let options;
  try {
    options = readOptions();
  } catch (error) {
    process.stderr.write(`load: ${/** @type {Error} */ (error).message}\n`);
    return 2;
  }
  if (options === undefined) {
    process.stdout.write(HELP);
    return 0;
  }
  const { users, seconds, pauseMs, p95Ms, json } = options;
  const own = options.url ? undefined : await startOwnGateway();
  const url = options.url ?? /** @type {URL} */ (own?.url);
  const call = own ? { tool: 'calculate', args: { expression: '6 * 7' } } : {};
  const target = { ...options, ...call, url };
  const report = new Report();
  const before = loadavg()[0];
  const startedAt = new Date();
  process.stdout.write(`${users} users for ${seconds} s at ${own ? 'a gateway of its own' : url.href}\n\n`);
  try {
    await warmUp(target);
    await run(target, users, seconds, pauseMs, report);
  } finally {
    await own?.end();
  }
  const rows = report.rows();
  const thresholds = report.thresholds(p95Ms);
  const passed = thresholds.every(({ holds }) => holds);
  const machine = {
    ...{ processors: availableParallelism(), node: process.version },
    ...{ loadBefore: before, loadAfter: loadavg()[0] },
  };
  process.stdout.write(`${tableOf(rows)}\n\n`);
  for (const { name, holds } of thresholds) process.stdout.write(`${holds ? 'holds' : 'FAILS'}  ${name}\n`);
  process.stdout.write(
    `\nthis machine: ${machine.processors} processors, Node.js ${machine.node}, load ${figure(machine.loadBefore)} before, ${figure(machine.loadAfter)} after\n`,
  );
  if (json !== undefined) {
    const at = startedAt.toISOString();
    const about = { at, url: own ? null : url.href, users, seconds, pauseMs };
    mkdirSync(dirname(json), { recursive: true });
    writeFileSync(json, `${JSON.stringify({ passed, ...about, thresholds, rows, machine }, undefined, 2)}\n`);
  }
  return passed ? 0 : 1;
}

/**
 * One session before the clock runs: a server that sleeps is started by it, and starting is not what is measured.
 *
 * @param {import('./scenario.mjs').Target} target
 */
async function warmUp(target) {
  const user = new User(target);
  for await (const _ of user.session());
  user.close();
}

/**
 * Resolves when every session that was begun has ended.
 *
 * @param {import('./scenario.mjs').Target} target
 * @param {number} users
 * @param {number} seconds
 * @param {number} pauseMs
 * @param {Report} report
 */
async function run(target, users, seconds, pauseMs, report) {
  const until = performance.now() + seconds * 1000;
  const one = async (/** @type {number} */ i) => {
    const user = new User(target);
    try {
      // Users do not come all in the same moment: within the first pause.
      await delay((pauseMs / users) * i);
      while (performance.now() < until) {
        for await (const answer of user.session()) report.add(answer);
        await delay(Math.min(pauseMs, Math.max(0, until - performance.now())));
      }
    } finally {
      user.close();
    }
  };
  await Promise.all(Array.from({ length: users }, (_, i) => one(i)));
}

/** @throws Error in words, when an option is wrong */
function readOptions() {
  const { values } = parseArgs({
    options: {
      url: { type: 'string' },
      'key-file': { type: 'string' },
      tool: { type: 'string' },
      args: { type: 'string', default: '{}' },
      users: { type: 'string', default: '50' },
      seconds: { type: 'string', default: '30' },
      pause: { type: 'string', default: '1000' },
      p95: { type: 'string', default: '500' },
      insecure: { type: 'boolean', default: false },
      json: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return undefined;
  const number = (
    /** @type {'users' | 'seconds' | 'pause' | 'p95'} */ name,
    /** @type {number} */ least,
    /** @type {number} */ most,
  ) => {
    const value = Number(values[name]);
    if (!(value >= least && value <= most))
      throw new Error(`--${name} ${values[name]}: a number from ${least} to ${most} is expected`);
    return value;
  };
  const url = values.url === undefined ? undefined : new URL(values.url);
  if (url && !/^https?:$/.test(url.protocol))
    throw new Error(`--url ${values.url}: http:// or https:// is expected`);
  if (!url && values.tool !== undefined)
    throw new Error('--tool needs --url: a gateway of its own has the calculator');
  const file = values['key-file'];
  const key = file === undefined ? process.env.MCP_PIPE_KEY : readFileSync(file, 'utf8').trim();
  return {
    ...{ url, tool: values.tool, args: JSON.parse(values.args), json: values.json },
    ...{ key: url ? key : undefined, isInsecure: values.insecure },
    ...{ users: number('users', 1, MOST_USERS), seconds: number('seconds', 1, MOST_SECONDS) },
    ...{ pauseMs: number('pause', 0, 60_000), p95Ms: number('p95', 1, 60_000) },
  };
}
