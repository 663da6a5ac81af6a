import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { styleText } from 'node:util';
import { childEnvironments, inheritedEnvironment } from '../../config/child-environment.js';
import { defaults } from '../../config/defaults.js';
import { Environment } from '../../config/environment.js';
import type { LinkPlan, ServerPlan } from '../../config/plan.js';
import { defaultOptions } from '../../config/server-options.js';
import { App } from '../../daemon/app.js';
import { listenForStop } from '../../daemon/shutdown.js';
import { openCaller } from '../../faces/endpoint/caller.js';
import type { RunningEndpoint } from '../../faces/endpoint/running-endpoint.js';
import { startEndpoint } from '../../faces/endpoint/server.js';
import { texts } from '../../messages/commands/demo.js';
import { escapeText } from '../../messages/human.js';
import { usageError } from '../../messages/worded.js';
import { Endpoint } from '../../protocol/endpoint.js';
import { ExitCode } from '../exit-codes.js';
import { languageOf } from '../language.js';
import type { LogOptions } from '../log-options.js';
import { openLog } from '../logging.js';
import { packageRoot } from '../package-root.js';
import { version } from '../version.js';

export interface DemoOptions extends LogOptions {
  seed?: number;
  seconds?: number;
  json?: boolean;
}

/** A server of the demo, and a call whose result is known. */
interface DemoServer {
  name: string;
  args: (folder: string) => string[];
  call: { tool: string; arguments: (folder: string) => Record<string, unknown>; expect: string };
}

/** Prints one line behind a mark. */
type Say = (line: string, worked?: boolean) => void;

/** Long enough for a busy machine on which Node starts slowly. */
const DEMO_TIMEOUT_MS = 60_000;
const root = fileURLToPath(packageRoot);

/** The calculator comes with mcp-pipe; the reference servers are used if they are installed. */
const demoServers: DemoServer[] = [
  {
    name: 'calculator',
    args: () => [join(root, 'examples/calculator.js')],
    call: { tool: 'calculate', arguments: () => ({ expression: '(2 + 3) * 7' }), expect: '35' },
  },
  {
    name: 'memory',
    args: () => installed('@modelcontextprotocol/server-memory'),
    call: {
      tool: 'create_entities',
      arguments: () => ({ entities: [{ name: 'Hà Nội', entityType: 'city', observations: ['xin chào'] }] }),
      expect: 'Hà Nội',
    },
  },
  {
    name: 'filesystem',
    args: (folder) => withArgs(installed('@modelcontextprotocol/server-filesystem'), folder),
    call: {
      tool: 'read_text_file',
      arguments: (folder) => ({ path: join(folder, 'hello.txt') }),
      expect: 'read through a WebSocket',
    },
  },
  {
    name: 'everything',
    args: () => withArgs(installed('@modelcontextprotocol/server-everything'), 'stdio'),
    call: { tool: 'echo', arguments: () => ({ message: 'xin chào' }), expect: 'xin chào' },
  },
  {
    name: 'sequential-thinking',
    args: () => installed('@modelcontextprotocol/server-sequential-thinking'),
    call: {
      tool: 'sequentialthinking',
      arguments: () => ({ thought: 'one', thoughtNumber: 1, totalThoughts: 1, nextThoughtNeeded: false }),
      expect: '"thoughtNumber": 1',
    },
  },
];

/**
 * `mcp-pipe demo`: real servers, the embedded endpoint, one call through each WebSocket. Returns the exit code.
 *
 * @throws UsageError for an option of --chaos.
 */
export async function demo(options: DemoOptions): Promise<number> {
  const words = texts[languageOf(options.lang, process.env)];
  const without = (['seed', 'seconds', 'json'] as const).find((name) => options[name] !== undefined);
  if (without) throw usageError('only-with-chaos', { option: `--${without}` });
  const log = await openLog(options, process.env, [], { fallbackLevel: 'error' });
  const say: Say = (line, worked) => log.printStyled(`${mark(worked)}${escapeText(line)}\n`);
  const folder = mkdtempSync(join(tmpdir(), 'mcp-pipe-demo-'));
  writeFileSync(join(folder, 'hello.txt'), 'read through a WebSocket\n');
  const endpoint = await startEndpoint();
  const shown = demoServers.filter(({ args }) => args(folder).length > 0);
  const servers = shown.map((server) => serverOf(server, folder));
  const links = shown.map((server) => linkOf(server, endpoint));
  const { observers, onObserverFailed } = log;
  const plan = { servers, links, warnings: [], secrets: [] };
  const app = new App(plan, { version: version(), observers, onObserverFailed });
  const stop = listenForStop(() => app.force());
  const stopped = new AbortController();
  say(`${words.begins({ address: `${endpoint.host}:${endpoint.port}`, servers: shown.length })}\n`);
  try {
    log.show({ changes: app.changes, links: () => app.watch.links });
    app.start();
    const outcome = await Promise.race([
      stop.asked,
      Promise.all(shown.map((server) => show(server, endpoint, folder, stopped.signal, { say, words }))),
    ]);
    if (typeof outcome === 'string') return ExitCode.interrupted;
    log.hide();
    const failed = outcome.filter((ok) => !ok).length;
    const verdict = failed === 0 ? words.worked : words.failed({ failed, of: shown.length });
    say(`\n${verdict}\n${words.next}`);
    return failed === 0 ? ExitCode.ok : ExitCode.runtime;
  } finally {
    stopped.abort();
    await app.stop();
    await endpoint.close();
    stop.dispose();
    rmSync(folder, { recursive: true, force: true });
    log.hide();
    await log.flush();
  }
}

function serverOf({ name, args }: DemoServer, folder: string): ServerPlan {
  const environmentOf = childEnvironments(inheritedEnvironment(new Environment(process.env, folder), [], []));
  const env = environmentOf({ MEMORY_FILE_PATH: join(folder, 'memory.jsonl') }, {});
  const launch = { command: process.execPath, args: args(folder), cwd: folder, env };
  return { kind: 'stdio', name, launch, options: defaultOptions };
}

function linkOf({ name }: DemoServer, endpoint: RunningEndpoint): LinkPlan {
  const address = new Endpoint(endpoint.serverUrl(name));
  return { kind: 'pipe', name, servers: [name], endpoint: address, settings: defaults };
}

/** Waits for a server's tools, calls one of them as a caller of the endpoint would, and prints a line. */
async function show(
  { name, call }: DemoServer,
  endpoint: RunningEndpoint,
  folder: string,
  stopped: AbortSignal,
  { say, words }: { say: Say; words: typeof texts.en },
): Promise<boolean> {
  const startedAt = performance.now();
  const { fingerprint } = new Endpoint(endpoint.serverUrl(name));
  try {
    const tools = await toolsOf(endpoint, fingerprint, stopped, words);
    const caller = await openCaller(endpoint.callerUrl(name));
    try {
      const params = { name: call.tool, arguments: call.arguments(folder) };
      const answer = textOf(await caller.request('tools/call', params, { timeoutMs: DEMO_TIMEOUT_MS }));
      const ok = answer.includes(call.expect);
      const ms = performance.now() - startedAt;
      const names = tools.length > 3 ? `${tools.slice(0, 3).join(', ')}, …` : tools.join(', ');
      const found = words.tools({ count: tools.length, ms });
      say(`${name.padEnd(20)} ${found}: ${names}`, ok);
      say(`    ${call.tool}(${oneLine(JSON.stringify(params.arguments))}) -> ${oneLine(answer)}`);
      if (!ok) say(`    ${words.expected({ text: JSON.stringify(call.expect) })}`);
      return ok;
    } finally {
      await caller.close();
    }
  } catch (error) {
    if (stopped.aborted) return false;
    say(`${name.padEnd(20)} ${error instanceof Error ? error.message : String(error)}`, false);
    return false;
  }
}

function toolsOf(
  endpoint: RunningEndpoint,
  fingerprint: string,
  stopped: AbortSignal,
  words: typeof texts.en,
): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const fail = (why: string) => {
      clearTimeout(timer);
      reject(new Error(why));
    };
    const timer = setTimeout(() => fail(words.noTools({ ms: DEMO_TIMEOUT_MS })), DEMO_TIMEOUT_MS);
    stopped.addEventListener('abort', () => fail('stopped'), { once: true });
    const stopListening = endpoint.on('server-tools', (connection) => {
      if (connection.fingerprint !== fingerprint) return;
      clearTimeout(timer);
      stopListening();
      resolve((connection.tools ?? []).map((tool) => tool.name));
    });
  });
}

/** The command line of an installed package's program; empty when it is not installed. */
function installed(name: string): string[] {
  const lookUp = createRequire(join(root, 'package.json'));
  for (const folder of lookUp.resolve.paths(name) ?? []) {
    const file = join(folder, name, 'package.json');
    if (!existsSync(file)) continue;
    const { bin } = JSON.parse(readFileSync(file, 'utf8')) as { bin: string | Record<string, string> };
    return [join(dirname(file), typeof bin === 'string' ? bin : Object.values(bin)[0]!)];
  }
  return [];
}

function withArgs(command: string[], ...args: string[]): string[] {
  return command.length > 0 ? [...command, ...args] : [];
}

function textOf(result: unknown): string {
  const { content = [] } = result as { content?: { text?: string }[] };
  return content.map(({ text = '' }) => text).join(' ');
}

function oneLine(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 90 ? `${line.slice(0, 90)}…` : line;
}

/** styleText omits colours by itself where they are not wanted. */
function mark(worked: boolean | undefined): string {
  if (worked === undefined) return '';
  return `${styleText(worked ? 'green' : 'red', worked ? '✔' : '✘', { stream: process.stdout })} `;
}
