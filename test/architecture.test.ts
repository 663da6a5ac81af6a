import { readdirSync, readFileSync } from 'node:fs';
import { posix, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const SRC = fileURLToPath(new URL('../src/', import.meta.url));

/** The floors of src/README.md, lowest first; folders on one floor are strangers. */
const FLOORS = [
  ['protocol', 'time'],
  ['process', 'messages', 'redis'],
  ['transports', 'packages', 'sandbox'],
  ['servers', 'leases', 'policy'],
  ['connections'],
  ['links'],
  ['observe'],
  ['faces'],
  ['config'],
  ['daemon'],
  ['cli'],
  // It runs in a browser, and meets the daemon on the wire only.
  ['page'],
];
/** All that the page has of the rest, for it is in no process of mcp-pipe. */
const PAGE_KNOWS = /^(?:page\/|messages\/page\/|protocol\/(?:feed|apply-feed|held)\.ts$)/;
/** Not even from above: a plan is plain data, faces take whatever answers them, and a server is not always a process. */
const STRANGERS: readonly (readonly [from: string, to: string])[] = [
  ['config', 'links'],
  ['faces', 'servers'],
  ['faces', 'connections'],
  ['faces', 'links'],
  ['faces', 'leases'],
  ['servers', 'process'],
  ['servers', 'packages'],
  ['servers', 'sandbox'],
  ['connections', 'process'],
  ['links', 'process'],
  ['links', 'leases'],
  ['links', 'policy'],
  ['faces', 'policy'],
];
/** Servers, connections and links know what a transport is, and none that there is. */
const KNOWS_NO_TRANSPORT = ['servers', 'connections', 'links'];
const ANY_TRANSPORT = ['transports/transport.ts', 'transports/batch-queue.ts', 'transports/guard.ts'];
/** The command line asks the daemon, and does not reach around it. */
const CLI_KNOWS = ['cli', 'daemon', 'config', 'messages', 'observe', 'protocol', 'time'];
const CLI_KNOWS_ALSO = new Map([
  ['faces/control/client.ts', 'the way to ask a running daemon'],
  ['faces/endpoint/server.ts', '`endpoint`, `demo` and --local run the embedded endpoint without a daemon'],
  ['faces/endpoint/running-endpoint.ts', 'the type of it'],
  ['faces/endpoint/caller.ts', '`demo` calls servers through that endpoint'],
  ['process/make-folder.ts', 'creates a folder as leases and the control socket do'],
]);
/** Faces are strangers to each other, but for this one: HTTP clients of the embedded endpoint speak Streamable HTTP. */
const FACES_MEET: readonly (readonly [from: string, to: string])[] = [['endpoint', 'streamable-http']];
/** No face: what several faces over HTTP need. */
const PART_OF_FACES = 'http';
/** Packages, and the only places that import them. */
const PACKAGES: readonly (readonly [name: RegExp, places: RegExp])[] = [
  [/^ws$/, /^(?:transports|faces)\//],
  [/^@modelcontextprotocol\//, /^transports\/auth\//],
  [/^ioredis$/, /^redis\//],
];
const DAEMON = floorOf('daemon');
const CLI = floorOf('cli');
/** The whole library surface: sees all floors, is imported by none. */
const INDEX = 'index.ts';
/** What `mcp-pipe --help` must not load: each costs tens of milliseconds or opens something. */
const HEAVY = [
  'execa',
  'pino',
  'pino-pretty',
  'zod',
  'ws',
  'jsonc-parser',
  'dotenv',
  '@clack/prompts',
  'get-east-asian-width',
  'jose',
  'oidc-provider',
  'ioredis',
];
/** The one file of the command line that writes to stdout and stderr: it escapes what others have said. */
const OUTPUT = 'cli/output.ts';
const ENTRIES = ['cli/main.ts', 'cli/program.ts'];

/** Path below src, with slashes -> source text. */
type Sources = ReadonlyMap<string, string>;

interface Import {
  /** A path below src for a relative import, else the specifier as written. */
  target: string;
  /** `type` imports vanish when compiled; `dynamic` ones load when reached. */
  kind: 'static' | 'type' | 'dynamic';
}

function floorOf(folder: string): number {
  return FLOORS.findIndex((folders) => folders.includes(folder));
}

/** The top folder of a path below src; the file's own name for a file that lies in src itself. */
function folderOf(path: string): string {
  return path.split('/')[0]!;
}

const STRING = /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"/.source;
const TEMPLATE = /`(?:\\.|[^`\\])*`/.source;
const COMMENT = /\/\/[^\n]*|\/\*[\s\S]*?\*\//.source;

function withoutComments(source: string): string {
  return source.replace(new RegExp(`${STRING}|${TEMPLATE}|(${COMMENT})`, 'g'), (text, comment) =>
    comment === undefined ? text : ' ',
  );
}

/** What is left when text in quotes goes, too; template literals stay, for they may hold code. */
function codeOf(source: string): string {
  return withoutComments(source).replace(new RegExp(`${TEMPLATE}|${STRING}`, 'g'), (text) =>
    text.startsWith('`') ? text : "''",
  );
}

const STATIC = /^[ \t]*(?:import|export)\s+(type\s+)?(?:[^'";]*?\bfrom\s*)?['"]([^'"]+)['"]/gm;
const DYNAMIC = /\b(?:import|require)\(\s*['"`]([^'"`]+)['"`]/g;

function importsOf(path: string, source: string): Import[] {
  const code = withoutComments(source);
  const resolve = (specifier: string) =>
    specifier.startsWith('.')
      ? posix.join(posix.dirname(path), specifier).replace(/\.js$/, '.ts')
      : specifier;
  return [
    ...[...code.matchAll(STATIC)].map(
      ([, type, specifier]): Import => ({ target: resolve(specifier!), kind: type ? 'type' : 'static' }),
    ),
    ...[...code.matchAll(DYNAMIC)].map(
      ([, specifier]): Import => ({ target: resolve(specifier!), kind: 'dynamic' }),
    ),
  ];
}

/** One sentence for each import that climbs, crosses its floor, or leaves the map. */
function wrongImports(sources: Sources): string[] {
  const wrong: string[] = [];
  for (const [path, source] of sources) {
    if (path === INDEX) continue;
    const from = folderOf(path);
    if (floorOf(from) < 0) wrong.push(`${path} lies on no floor`);
    for (const { target } of importsOf(path, source)) {
      if (PACKAGES.some(([name, places]) => name.test(target) && !places.test(path)))
        wrong.push(`${path} imports ${target}, a package of others`);
      if (!target.endsWith('.ts')) continue;
      const to = folderOf(target);
      if (target === INDEX) wrong.push(`${path} imports ${target}, which nobody inside may`);
      else if (target.startsWith('..') || floorOf(to) < 0)
        wrong.push(`${path} imports ${target}, which lies on no floor`);
      else if (floorOf(to) > floorOf(from)) wrong.push(`${path} climbs to ${target}`);
      else if (floorOf(to) === floorOf(from) && to !== from)
        wrong.push(`${path} crosses its floor to ${target}`);
      else if (
        STRANGERS.some(([one, other]) => one === from && other === to) ||
        (KNOWS_NO_TRANSPORT.includes(from) && to === 'transports' && !ANY_TRANSPORT.includes(target)) ||
        (from === 'cli' && !CLI_KNOWS.includes(to) && !CLI_KNOWS_ALSO.has(target)) ||
        (from === 'page' && !PAGE_KNOWS.test(target)) ||
        isOtherFace(path, target)
      )
        wrong.push(`${path} imports ${target}, a stranger`);
    }
  }
  return wrong;
}

/** Whether both lie in folders of `faces/`, and these are strangers. */
function isOtherFace(path: string, target: string): boolean {
  const [from, to] = [path, target].map((one) => /^faces\/([^/]+)\//.exec(one)?.[1]);
  if (from === undefined || to === undefined || from === to || to === PART_OF_FACES) return false;
  return !FACES_MEET.some(([one, other]) => one === from && other === to);
}

/** One sentence for each use of the world that belongs to a higher floor. */
function wrongReach(sources: Sources): string[] {
  const wrong: string[] = [];
  for (const [path, source] of sources) {
    const floor = floorOf(folderOf(path));
    const code = codeOf(source);
    const forbid = (below: number, pattern: RegExp, what: string) => {
      if (floor < below && pattern.test(code)) wrong.push(`${path} ${what}`);
    };
    const named = [
      ...withoutComments(source).matchAll(/import\s*\{([^}]*)\}\s*from\s*['"](?:node:)?process['"]/g),
    ];
    const names = named.map(([, list]) => list).join(',');
    forbid(
      DAEMON,
      /\bprocess\s*\.\s*(?:env|argv)\b|\{[^{}]*\b(?:env|argv)\b[^{}]*\}\s*=\s*process\b/,
      'reads process.env or process.argv',
    );
    if (floor < DAEMON && /\b(?:env|argv)\b/.test(names)) wrong.push(`${path} imports env or argv`);
    forbid(CLI, /\bconsole\s*\.|\bprocess\s*\.\s*stdout\b/, 'prints');
    if (floor === CLI && path !== OUTPUT && /\bconsole\s*\.|\bstd(?:out|err)\s*\.\s*write\b/.test(code)) {
      wrong.push(`${path} prints beside ${OUTPUT}`);
    }
    forbid(CLI, /\bprocess\s*\.\s*exit\s*\(/, 'exits');
    if (floor < CLI && /\bexit\b/.test(names)) wrong.push(`${path} imports exit`);
  }
  return wrong;
}

/** For each heavy package that loads together with an entry: the chain of files that leads to it. */
function heavyChains(sources: Sources): string[] {
  const chains: string[] = [];
  const seen = new Set<string>();
  const queue = ENTRIES.filter((entry) => sources.has(entry)).map((entry) => [entry]);
  for (let chain = queue.shift(); chain; chain = queue.shift()) {
    const path = chain.at(-1)!;
    if (seen.has(path)) continue;
    seen.add(path);
    for (const { target, kind } of importsOf(path, sources.get(path) ?? '')) {
      if (kind !== 'static') continue;
      if (sources.has(target)) queue.push([...chain, target]);
      else if (HEAVY.some((name) => target === name || target.startsWith(`${name}/`)))
        chains.push([...chain, target].join(' -> '));
    }
  }
  return chains;
}

/** The files that are loaded together with these. */
function loadedWith(sources: Sources, entries: readonly string[]): string[] {
  const loaded = new Set<string>();
  const queue = [...entries];
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    if (loaded.has(path) || !sources.has(path)) continue;
    loaded.add(path);
    for (const { target, kind } of importsOf(path, sources.get(path)!))
      if (kind === 'static') queue.push(target);
  }
  return [...loaded].sort();
}

/** One chain of files for each import that closes a circle, types included. */
function circles(sources: Sources): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const visit = (path: string, chain: readonly string[]) => {
    if (chain.includes(path)) {
      found.push([...chain.slice(chain.indexOf(path)), path].join(' -> '));
      return;
    }
    if (done.has(path) || !sources.has(path)) return;
    for (const { target } of importsOf(path, sources.get(path)!)) visit(target, [...chain, path]);
    done.add(path);
  };
  for (const path of sources.keys()) visit(path, []);
  return found;
}

/** Lines of a source text. */
function lengthOf(source: string): number {
  return source.split('\n').length - 1;
}

/** A file is read in one sitting: shorter than this, and half of them much shorter. */
const LONGEST_FILE = 350;
const LONGEST_MEDIAN = 90;

/** One sentence for each file that is too long, and one when the files are long on the whole. */
function tooLong(sources: Sources): string[] {
  const lengths = [...sources.values()].map(lengthOf).sort((a, b) => a - b);
  const median = lengths[lengths.length >> 1] ?? 0;
  return [
    ...[...sources]
      .filter(([, source]) => lengthOf(source) >= LONGEST_FILE)
      .map(([path, source]) => `${path} has ${lengthOf(source)} lines`),
    ...(median < LONGEST_MEDIAN ? [] : [`half of the files have ${median} lines or more`]),
  ];
}

/** One sentence for each constant that is a plain number without a word on it above, for itself or for its group. */
function bareNumbers(sources: Sources): string[] {
  const NUMBER = /^(?:export )?const (\w+) = [\d_]+(?: \*+ [\d_]+)*;$/;
  return [...sources].flatMap(([path, source]) => {
    const lines = source.split('\n');
    return lines.flatMap((line, i) => {
      const name = NUMBER.exec(line)?.[1];
      if (name === undefined) return [];
      const first = lines.slice(0, i).findLastIndex((above) => !/^(?:export )?const .*;$/.test(above));
      return /^\/\/|\*\/$/.test(lines[first] ?? '') ? [] : [`${path} does not say why ${name} is what it is`];
    });
  });
}

function readSources(): Sources {
  const paths = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('.ts'),
  );
  return new Map(paths.map((path) => [path.split(sep).join('/'), readFileSync(SRC + path, 'utf8')]));
}

describe('the source', () => {
  const sources = readSources();

  test('imports never climb, and strangers do not meet', () => {
    expect(sources.size).toBeGreaterThan(10);
    expect(wrongImports(sources)).toEqual([]);
  });

  test('each exception for the command line is in use', () => {
    const used = [...sources].flatMap(([path, source]) =>
      folderOf(path) === 'cli' ? importsOf(path, source).map(({ target }) => target) : [],
    );
    expect([...CLI_KNOWS_ALSO.keys()].filter((path) => !used.includes(path))).toEqual([]);
  });

  test('no import leads back to its file, not even one of types', () => {
    expect(circles(sources)).toEqual([]);
  });

  test('says why each number is what it is', () => {
    expect(bareNumbers(sources)).toEqual([]);
  });

  test(`has files of fewer than ${LONGEST_FILE} lines, half of them fewer than ${LONGEST_MEDIAN}`, () => {
    expect(tooLong(sources)).toEqual([]);
  });

  test('every relative import leads to a file', () => {
    const dangling = [...sources].flatMap(([path, source]) =>
      importsOf(path, source)
        .filter(({ target }) => target.endsWith('.ts') && !sources.has(target))
        .map(({ target }) => `${path} imports ${target}`),
    );
    expect(dangling).toEqual([]);
  });

  test('reads env and argv only in daemon and cli, prints and exits only in cli', () => {
    expect(wrongReach(sources)).toEqual([]);
  });

  test('loads nothing heavy before a command is known', () => {
    expect(heavyChains(sources)).toEqual([]);
  });

  test('loads what speaks to remote servers with the first of them', () => {
    const loaded = loadedWith(sources, [...ENTRIES, 'cli/commands/run.ts']);
    expect(loaded).toContain('transports/stdio.ts');
    const speaking = ['open-remote.ts', 'http-requests.ts', 'auth/authorizer.ts'];
    for (const name of speaking) {
      expect(sources.has(`transports/remote/${name}`)).toBe(true);
      expect(loaded).not.toContain(`transports/remote/${name}`);
    }
  });

  test('loads OpenTelemetry with --otlp only, and the library never does', () => {
    const users = [...sources].filter(([, source]) => withoutComments(source).includes('@opentelemetry/'));
    expect(users.map(([path]) => path)).toEqual(['observe/tracing/otlp.ts']);
    const loaded = loadedWith(sources, [...ENTRIES, 'index.ts', 'cli/commands/run.ts']);
    expect(loaded).not.toContain('observe/tracing/otlp.ts');
  });

  test('loads what reports to Sentry with a plan that has it', () => {
    const loaded = loadedWith(sources, [...ENTRIES, 'index.ts', 'cli/commands/run.ts']);
    const ofSentry = [...sources.keys()].filter((path) => /^(?:daemon|observe)\/sentry\//.test(path));
    expect(ofSentry).toHaveLength(5);
    expect(loaded.filter((path) => ofSentry.includes(path))).toEqual(['daemon/sentry/sentry-observer.ts']);
  });

  test('loads what is served over HTTP, and counted for it, with a plan that has it', () => {
    const loaded = loadedWith(sources, [...ENTRIES, 'cli/commands/run.ts']);
    const ofGateway = [...sources.keys()].filter((path) =>
      /^(daemon\/(gateway|http|page)|observe\/(feed|measures|metrics)|faces\/(http|streamable-http|sse|websocket))\//.test(
        path,
      ),
    );
    expect(ofGateway).toContain('daemon/gateway/gateway.ts');
    expect(ofGateway.length).toBeGreaterThan(20);
    // They load the rest when a plan has a gateway, a page or metrics.
    const openers = ['daemon/gateway/run-gateway.ts', 'daemon/http/run-http.ts'];
    openers.push('observe/feed/feed-asked.ts', 'observe/feed/pulse.ts');
    expect(loaded.filter((path) => ofGateway.includes(path))).toEqual(openers);
  });
});

describe('the check itself', () => {
  const of = (files: Record<string, string>): Sources => new Map(Object.entries(files));

  test.each([
    ['import { a } from "../servers/bridge.js";', 'climbs to servers/bridge.ts'],
    ["import type { A } from '../config/defaults.js';", 'climbs to config/defaults.ts'],
    ["import {\n  type A,\n  b,\n} from '../cli/main.js';", 'climbs to cli/main.ts'],
    ["import '../daemon/daemon.js';", 'climbs to daemon/daemon.ts'],
    ["export * from '../observe/log.js';", 'climbs to observe/log.ts'],
    ["export { a } from '../faces/endpoint/server.js';", 'climbs to faces/endpoint/server.ts'],
    ["const a = await import('../links/pipe.js');", 'climbs to links/pipe.ts'],
    ["let a: import('../links/pipe.js').A;", 'climbs to links/pipe.ts'],
    ["import { a } from '../index.js';", 'imports index.ts, which nobody inside may'],
    ["import { a } from '../misc/a.js';", 'imports misc/a.ts, which lies on no floor'],
    ["import { a } from '../../bin/a.js';", 'imports ../bin/a.ts, which lies on no floor'],
  ])('catches %j', (source, sentence) => {
    expect(wrongImports(of({ 'transports/a.ts': source }))).toEqual([`transports/a.ts ${sentence}`]);
  });

  test('catches a type from a folder that is none of its business', () => {
    const source = "import type { A } from '../links/pipe.js';";
    const wrong = ['config/a.ts imports links/pipe.ts, a stranger'];
    expect(wrongImports(of({ 'config/a.ts': source, 'daemon/a.ts': source }))).toEqual(wrong);
  });

  test('catches a transport that is named where any will do', () => {
    const sources = of({
      'links/a.ts': "import { dialWebSocket } from '../transports/websocket.js';",
      'links/b.ts': "import type { Transport } from '../transports/transport.js';",
    });
    expect(wrongImports(sources)).toEqual(['links/a.ts imports transports/websocket.ts, a stranger']);
  });

  test('catches a command that reaches around the daemon, types included', () => {
    const sources = of({
      'cli/a.ts': "import type { Tool } from '../servers/tools.js';",
      'cli/b.ts': "const { a } = await import('../faces/control/server.js');",
      'cli/commands/c.ts': "import { openControl } from '../../faces/control/client.js';",
      'daemon/d.ts': "import { listTools } from '../servers/tools.js';",
    });
    expect(wrongImports(sources)).toEqual([
      'cli/a.ts imports servers/tools.ts, a stranger',
      'cli/b.ts imports faces/control/server.ts, a stranger',
    ]);
  });

  test('catches a page that knows more than the wire and its words, and anything that knows the page', () => {
    const sources = of({
      'page/a.ts':
        "import type { FeedLink } from '../protocol/feed.js';\nimport { words } from '../messages/page/words-en.js';",
      'page/b.ts': "import { time } from '../messages/en/numbers.js';",
      'page/c.ts': "import type { Snapshot } from '../observe/snapshot.js';",
      'daemon/d.ts': "import { num } from '../page/format.js';",
    });
    expect(wrongImports(sources)).toEqual([
      'page/b.ts imports messages/en/numbers.ts, a stranger',
      'page/c.ts imports observe/snapshot.ts, a stranger',
      'daemon/d.ts climbs to page/format.ts',
    ]);
  });

  test('catches a face that knows another, and a package out of its place', () => {
    const sources = of({
      'faces/control/a.ts': "import { a } from '../endpoint/rooms.js';",
      'faces/streamable-http/b.ts': "import type { A } from '../endpoint/rooms.js';",
      'faces/endpoint/c.ts':
        "import { a } from '../streamable-http/post.js';\nimport { b } from '../shared-bytes.js';",
      'faces/endpoint/d.ts': "import { WebSocket } from 'ws';",
      'faces/sse/a.ts': "import { a } from '../http/body.js';",
      'faces/http/a.ts': "import { a } from '../sse/a.js';",
      'daemon/e.ts': "import type { WebSocket } from 'ws';\nimport { a } from 'wsx';",
      'transports/f.ts': "import { Client } from '@modelcontextprotocol/client';",
    });
    expect(wrongImports(sources)).toEqual([
      'faces/control/a.ts imports faces/endpoint/rooms.ts, a stranger',
      'faces/streamable-http/b.ts imports faces/endpoint/rooms.ts, a stranger',
      'faces/http/a.ts imports faces/sse/a.ts, a stranger',
      'daemon/e.ts imports ws, a package of others',
      'transports/f.ts imports @modelcontextprotocol/client, a package of others',
    ]);
  });

  test('catches a neighbour on the same floor, and a folder without one', () => {
    const neighbour = of({ 'protocol/a.ts': "import { now } from '../time/clock.js';" });
    expect(wrongImports(neighbour)).toEqual(['protocol/a.ts crosses its floor to time/clock.ts']);
    expect(wrongImports(of({ 'helpers/a.ts': '' }))).toEqual(['helpers/a.ts lies on no floor']);
  });

  test('lets imports go down, stay at home, and leave the tree; comments and strings import nothing', () => {
    const fine = `
      import { a } from '../protocol/frame.js';
      import type { B } from './b.js';
      import { readFile } from 'node:fs/promises';
      // import { c } from '../cli/main.js';
      /* export * from '../cli/main.js'; */
      const text = "wss://x // import '../cli/main.js'";
      export const from = text;`;
    expect(
      wrongImports(of({ 'transports/a.ts': fine, 'index.ts': "export * from './cli/main.js';" })),
    ).toEqual([]);
  });

  test.each([
    "import { c } from './c.js';",
    "import type { C } from './c.js';",
    "import {\n  type C,\n} from './c.js';",
    "export * from './c.js';",
    "export type { C } from './c.js';",
    "let c: import('./c.js').C;",
    "const { c } = await import('./c.js');",
  ])('catches a circle that %j is part of', (way) => {
    const sources = of({
      'time/a.ts': "import { b } from './b.js';\nimport { d } from './d.js';",
      'time/b.ts': way,
      'time/c.ts': "import { b } from './b.js';\nimport { d } from './d.js';",
      'time/d.ts': "import { readFile } from 'node:fs/promises';\n// import { a } from './a.js';",
    });
    expect(circles(sources)).toEqual(['time/b.ts -> time/c.ts -> time/b.ts']);
    expect(circles(of({ 'time/a.ts': "import { a } from './a.js';" }))).toEqual(['time/a.ts -> time/a.ts']);
    expect(circles(of({ 'time/a.ts': "import './b.js';\nimport './b.js';", 'time/b.ts': '' }))).toEqual([]);
  });

  test('catches a long file, and many that are rather long', () => {
    const file = (lines: number) => '\n'.repeat(lines);
    expect(
      tooLong(of({ 'time/a.ts': file(350), 'time/b.ts': file(349), 'time/c.ts': '', 'time/d.ts': '' })),
    ).toEqual(['time/a.ts has 350 lines', 'half of the files have 349 lines or more']);
    expect(tooLong(of({ 'time/a.ts': file(89), 'time/b.ts': file(349), 'time/c.ts': '' }))).toEqual([]);
  });

  test('catches a number that nothing explains', () => {
    const source = `const OPEN = '{';\nconst MAX_BYTES = 16 * 1024;\n\n/** Both are guesses. */\nconst A_MS = 1;\nconst B_MS = 2;\n`;
    expect(bareNumbers(of({ 'time/a.ts': source }))).toEqual([
      'time/a.ts does not say why MAX_BYTES is what it is',
    ]);
  });

  test.each([
    ['const home = process.env.HOME;', 'reads process.env or process.argv'],
    ['const { env } = process;', 'reads process.env or process.argv'],
    ['const args = process.argv.slice(2);', 'reads process.env or process.argv'],
    ["import { env as world } from 'node:process';", 'imports env or argv'],
    ['console.log(1);', 'prints'],
    ["process.stdout.write('x');", 'prints'],
    ['process.exit(1);', 'exits'],
    ["import { exit } from 'node:process';", 'imports exit'],
  ])('catches %j', (source, sentence) => {
    expect(wrongReach(of({ 'config/a.ts': source }))).toEqual([`config/a.ts ${sentence}`]);
    const inCli = sentence === 'prints' ? ['cli/a.ts prints beside cli/output.ts'] : [];
    expect(wrongReach(of({ 'cli/a.ts': source }))).toEqual(inCli);
    expect(wrongReach(of({ 'cli/output.ts': source }))).toEqual([]);
  });

  test('lets daemon read the environment, but not print; words in comments and strings are only words', () => {
    const words = "// process.env\nconst text = 'console.log and process.exit()'; const env = options.env;";
    expect(wrongReach(of({ 'process/a.ts': words }))).toEqual([]);
    const daemon = of({ 'daemon/a.ts': 'start(process.env); console.error(1);' });
    expect(wrongReach(daemon)).toEqual(['daemon/a.ts prints']);
  });

  test('follows static imports from the entries to heavy packages, and only those', () => {
    const sources = of({
      'cli/main.ts': "import { program } from './program.js';\nimport type { Logger } from 'pino';",
      'cli/program.ts': "import { Command } from 'commander';\nimport { plan } from '../config/plan.js';",
      'cli/commands/run.ts': "import pino from 'pino';",
      'config/plan.ts':
        "import { check } from './check.js';\nawait import('dotenv');\nawait import('./load.js');",
      'config/check.ts': "import { plan } from './plan.js';\nimport { type infer, z } from 'zod/mini';",
      'config/load.ts': "import { parse } from 'jsonc-parser';",
    });
    expect(heavyChains(sources)).toEqual(['cli/program.ts -> config/plan.ts -> config/check.ts -> zod/mini']);
    expect(heavyChains(of({}))).toEqual([]);
  });

  test('a named import of types only still loads its package', () => {
    const sources = of({
      'cli/main.ts': "import { type Logger } from 'pino';\nexport { default } from 'execa';",
    });
    expect(heavyChains(sources)).toEqual(['cli/main.ts -> pino', 'cli/main.ts -> execa']);
  });
});
