import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { growth, LINK_COUNTS } from './growth.js';
import { aboveOneAgent, type HubSubject, hub, hubSubjects } from './hub.js';
import { fromNpm } from './installed.js';
import type { Part, Step } from './measure.js';
import { peers } from './peers.js';
import { remote } from './remote.js';
import {
  after4004,
  type Bench,
  bigMessages,
  coldStart,
  leaks,
  linksRow,
  manyLinks,
  manyServers,
  oneLink,
  type Values,
} from './rows.js';
import { beyondEmpty, firstStart, onNode } from './start.js';
import {
  batched,
  mcpPipe,
  mcpPipeMux,
  native,
  otherSubject,
  prototype,
  type Subject,
  sdkBridge,
} from './subjects.js';

export interface PartOptions {
  /** How many links in one process. */
  links: readonly number[];
  /** Command lines of further programs. */
  vs: readonly string[];
}

type MakeParts = (bench: Bench, options: PartOptions) => Part[] | Promise<Part[]>;

const ONE_LINK = ['one in flight', '64 in flight', 'RSS after load'];

/** Made when asked for: some install programs, build an earlier commit or start Chromium. */
export const PARTS: Readonly<Record<string, MakeParts>> = {
  pipe(bench, { links, vs }) {
    const inC = compiled(bench.folder, 'native');
    const others = [...(inC ? [native(inC)] : []), ...peers(), ...vs.map(otherSubject)];
    return [
      {
        ...{ name: 'pipe', subjects: [mcpPipe, batched, prototype, ...others], base: batched },
        steps: [
          stepOf(bench, ['cold start'], coldStart),
          stepOf(bench, ONE_LINK, oneLink),
          stepOf(bench, ['1 MiB'], bigMessages),
          ...links.map((count) =>
            stepOf(bench, [linksRow(count, '')], (bench, subject) => manyLinks(bench, subject, count)),
          ),
          stepOf(bench, ['back after'], after4004),
        ],
      },
    ];
  },
  start: (bench) => {
    const nodes = [
      { file: process.execPath, version: process.version.slice(1) },
      fromNpm('node', 'bin/node', '24'),
    ];
    return [
      {
        ...{ name: 'start', subjects: [mcpPipe, batched], base: batched },
        steps: nodes.flatMap(({ file, version }) => {
          const prefix = `Node.js ${/^\d+/.exec(version)![0]}: `;
          const on = (measure: Measure) => async (bench: Bench, subject: Subject) =>
            prefixed(prefix, await measure(bench, onNode(file, subject)));
          return [
            stepOf(bench, [`${prefix}cold`], on(coldStart)),
            stepOf(bench, [`${prefix}first`], on(firstStart)),
            stepOf(bench, [`${prefix}mcp-pipe`, `${prefix}node`], (bench, subject) =>
              subject === mcpPipe ? prefixed(prefix, beyondEmpty(bench, file)) : {},
            ),
          ];
        }),
      },
    ];
  },
  growth: (bench) => [
    {
      ...{ name: 'growth', subjects: [mcpPipe, batched], base: batched },
      steps: (bench.quick ? LINK_COUNTS.slice(0, 2) : LINK_COUNTS).map((count) =>
        stepOf(bench, [linksRow(count, '')], (bench, subject) => growth(bench, subject, count)),
      ),
    },
  ],
  leaks: (bench) => [
    {
      ...{ name: 'leaks', subjects: [mcpPipe, batched, prototype], base: batched },
      steps: [stepOf(bench, [''], leaks)],
    },
  ],
  mux: (bench) => {
    const base = { ...mcpPipe, name: 'mcp-pipe pipe' };
    return [
      {
        ...{ name: 'mux', subjects: [mcpPipeMux, base], base },
        steps: [
          stepOf(bench, ONE_LINK, oneLink),
          stepOf(bench, ['1 MiB'], bigMessages),
          stepOf(bench, ['50 servers'], manyServers),
        ],
      },
    ];
  },
  hub: (bench, { vs }) => {
    const subjects = hubSubjects(mcpPipe, [batched, ...vs.map(otherSubject)]);
    return [
      {
        ...{ name: 'hub', subjects, base: subjects[0]!, summary: aboveOneAgent },
        steps: [stepOf(bench, [''], (bench, subject) => hub(bench, subject as HubSubject))],
      },
    ];
  },
  remote: (bench) => [
    {
      ...{ name: 'remote', subjects: [mcpPipe, sdkBridge], base: sdkBridge },
      steps: [stepOf(bench, [''], remote)],
    },
  ],
  gateway: async (bench) => {
    const { gatewaySteps } = await import('./gateway.js');
    const { gatewaySubjects } = await import('./gateway-subjects.js');
    const subjects = gatewaySubjects();
    return [{ name: 'gateway', subjects, base: subjects[0]!, steps: gatewaySteps(bench) }];
  },
  policy: async (bench) => {
    const { policySubjects } = await import('./policy.js');
    const { messages } = await import('./page.js');
    const subjects = policySubjects();
    return [{ name: 'policy', subjects, base: subjects[0]!, steps: [stepOf(bench, [''], messages)] }];
  },
  copies: async (bench) => {
    const { copiesSubjects, threefold, threefoldSubjects } = await import('./copies.js');
    const { messages } = await import('./page.js');
    const subjects = copiesSubjects();
    const three = threefoldSubjects();
    const threeSteps = [stepOf(bench, [''], threefold as Measure)];
    return [
      { name: 'copies', subjects, base: subjects[0]!, steps: [stepOf(bench, [''], messages)] },
      { name: 'copies: three', subjects: three, base: three[0]!, steps: threeSteps },
    ];
  },
  page: async (bench) => {
    const { idle, messages, pageItself, pageSubjects, withoutPage } = await import('./page.js');
    const before = withoutPage();
    const subjects = await pageSubjects();
    const open = { ...subjects[2]!, name: 'the page' };
    const beforeSteps = [stepOf(bench, ['cold start'], coldStart), stepOf(bench, ['idle'], idle)];
    return [
      { name: 'page: idle', subjects: before, base: before[0]!, steps: beforeSteps },
      { name: 'page', subjects, base: subjects[0]!, steps: [stepOf(bench, [''], messages)] },
      {
        name: 'page: itself',
        subjects: [open],
        base: open,
        steps: [stepOf(bench, [''], pageItself as Measure)],
      },
    ];
  },
};

type Measure = (bench: Bench, subject: Subject) => Values | Promise<Values>;

function stepOf(bench: Bench, rows: readonly string[], measure: Measure): Step {
  return { rows, measure: async (subject) => measure(bench, subject) };
}

function prefixed(prefix: string, values: Values): Values {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [prefix + name, value]));
}

/** The path of the program made of `NAME.c`; undefined where there is no compiler. */
export function compiled(into: string, name: string): string | undefined {
  const binary = join(into, name);
  try {
    execFileSync('cc', ['-O2', '-D_GNU_SOURCE', '-o', binary, join(import.meta.dirname, `${name}.c`)]);
    return binary;
  } catch {
    return undefined;
  }
}
