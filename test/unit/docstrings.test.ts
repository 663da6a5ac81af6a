import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const SRC = fileURLToPath(new URL('../../src/', import.meta.url));

/** What several bodies are written against. */
const CONTRACTS: readonly [file: string, ...names: string[]][] = [
  ['transports/transport.ts', 'Transport', 'CloseRequest', 'CloseReason', 'Dial'],
  ['leases/lease.ts', 'Claim', 'Rank', 'LeaseRequest', 'Lease', 'Leases', 'SharedSlots'],
  ['servers/server-transport.ts', 'ServerTransport', 'ServerSource', 'OpenContext'],
  ['connections/held-lease.ts', 'Acquire'],
  ['connections/supervise.ts', 'SupervisedUpstream'],
  ['faces/streamable-http/backend.ts', 'HttpBackend', 'HttpClient', 'ClientInbox'],
  ['faces/http/pausable-sender.ts', 'PausableSender'],
  ['observe/observer.ts', 'Observer'],
  ['time/clock.ts', 'Clock'],
];

/** What exported types are made of: users of the library meet them as well. */
const PARTS: typeof CONTRACTS = [
  ['config/load.ts', 'LoadOptions'],
  ['config/draft.ts', 'PlanOptions'],
  ['config/kinds/kind.ts', 'ServerKindDefinition', 'EntryReader', 'KindFacts'],
  ['config/kinds/stdio/stdio.ts', 'StdioPlan'],
  ['config/plan.ts', 'EveryLinkPlan', 'PipePlan', 'MuxPlan', 'RotatePlan', 'EveryServerPlan'],
  ['config/diff-plan.ts', 'PlanDiff', 'ServerChange', 'LinkChange'],
  ['config/server-options.ts', 'ServerOptions'],
  ['protocol/tool-filter.ts', 'ToolFilter'],
  ['daemon/daemon.ts', 'DaemonOptions'],
  ['daemon/links.ts', 'LinkOptions', 'Link'],
  ['faces/endpoint/behaviour.ts', 'Behaviour'],
  ['faces/endpoint/running-endpoint.ts', 'EndpointOptions', 'RunningEndpoint'],
  ['observe/health.ts', 'WarningHealth', 'ExitHealth'],
  ['observe/link-record.ts', 'LinkRecord'],
  ['observe/server-history.ts', 'LastExit'],
  ['observe/server-record.ts', 'ServerRecord'],
  ['observe/link-snapshot.ts', 'Calls', 'ServerFacts', 'ConnectionSnapshot'],
  ['observe/snapshot.ts', 'ControlHolder'],
  ['process/launch.ts', 'ServerCommand'],
  ['protocol/diagnosis.ts', 'NextAction', 'Refusal'],
  ['protocol/errors.ts', 'DialFailure', 'ProxyFacts'],
  ['protocol/list-event.ts', 'ItemFault'],
];

/** Named exports of `index.ts`: the file that declares each, and its name there. */
function surface(index: string): [file: string, name: string][] {
  return [...index.matchAll(/^export (?:type )?\{([^}]+)\} from '\.\/([^']+)\.js';$/gm)].flatMap(
    ([, names, file]) =>
      names!
        .split(',')
        .map(
          (name) =>
            name
              .trim()
              .replace(/^type /, '')
              .split(' as ')[0]!,
        )
        .filter((name) => name !== '')
        .map((name): [string, string] => [`${file}.ts`, name]),
  );
}

const DECLARATION = (name: string) =>
  new RegExp(`^export (?:abstract |async )?(?:interface|class|type|function|const) ${name}\\b`);
/** A member of an interface or a class, as the formatter lays them out; what begins with `#` or is private is not seen. */
const MEMBER =
  /^ {2}(?!private |override |#)(?:(?:readonly|abstract|static|get|async) )*([a-zA-Z]\w*)[?!]?\s*[(:<=]/;
/** One alternative of a union of objects. */
const ALTERNATIVE = /^ {2}\| \(?\{(?: type: '([\w-]+)'|$)/;

/** Whether a comment for tools stands in front of that line; comments that cite decisions may stand between. */
function isDocumented(lines: readonly string[], at: number): boolean {
  let before = at - 1;
  while (/^\s*\/\//.test(lines[before] ?? '')) before -= 1;
  return /\*\/$/.test(lines[before] ?? '');
}

/** What of a declaration has no docstring: itself, its members, or the alternatives of the union that it is. */
function undocumented(source: string, name: string): string[] {
  const lines = source.split('\n');
  const start = lines.findIndex((line) => DECLARATION(name).test(line));
  if (start < 0) return [`${name} is not declared`];
  const missing = isDocumented(lines, start) ? [] : [name];
  if (
    / (?:function|const) /.test(lines[start]!.split(name)[0]!) ||
    /\{\}?;?$/.test(lines[start]!) === false
  ) {
    if (!/ type /.test(lines[start]!) || !lines[start]!.endsWith('=')) return missing;
  }
  for (let at = start + 1; at < lines.length && !/^\S/.test(lines[at]!); at++) {
    const line = lines[at]!;
    const alternative = ALTERNATIVE.exec(line);
    const member = alternative ? undefined : MEMBER.exec(line);
    const seen = alternative
      ? (alternative[1] ?? /type: '([\w-]+)'/.exec(lines[at + 1] ?? '')?.[1] ?? '?')
      : member?.[1];
    if (seen === undefined || seen === 'constructor') continue;
    if (!isDocumented(lines, at)) missing.push(`${name}.${seen}`);
  }
  return missing;
}

const missingIn = (file: string, name: string) =>
  undocumented(readFileSync(SRC + file, 'utf8'), name).map((what) => `${file}: ${what}`);

describe('docstrings', () => {
  test('stand on everything that the library exports', () => {
    const exported = surface(readFileSync(`${SRC}index.ts`, 'utf8'));
    expect(exported.length).toBeGreaterThan(25);
    expect(exported.flatMap(([file, name]) => missingIn(file, name))).toEqual([]);
  });

  test('stand on every member of a contract', () => {
    expect(CONTRACTS.flatMap(([file, ...names]) => names.flatMap((name) => missingIn(file, name)))).toEqual(
      [],
    );
  });

  test('stand on every member of what exported types are made of', () => {
    expect(PARTS.flatMap(([file, ...names]) => names.flatMap((name) => missingIn(file, name)))).toEqual([]);
  });

  test('are missed where they are missing', () => {
    const source = [
      'export interface A {',
      '  /** Said. */',
      '  // D8',
      '  readonly b: string;',
      '  c?: number;',
      '  d(x: number): void;',
      '}',
      '/** Said. */',
      'export class E {',
      '  readonly #f = 1;',
      '  constructor() {',
      '    this.g = 2;',
      '  }',
      '  get h(): number {',
      '    return 1;',
      '  }',
      '}',
      '/** Said. */',
      'export type I =',
      "  | { type: 'j' }",
      '  /** Said. */',
      '  | {',
      "      type: 'k';",
      '    };',
    ].join('\n');
    expect(undocumented(source, 'A')).toEqual(['A', 'A.c', 'A.d']);
    expect(undocumented(source, 'E')).toEqual(['E.h']);
    expect(undocumented(source, 'I')).toEqual(['I.j']);
    expect(undocumented(source, 'Z')).toEqual(['Z is not declared']);
    expect(surface("export { type A, b } from './c/d.js';\nexport type { E } from './f.js';")).toEqual([
      ['c/d.ts', 'A'],
      ['c/d.ts', 'b'],
      ['f.ts', 'E'],
    ]);
  });
});
