import type { FindingText, ServerKindWords } from '../parts.js';
import { inTime, time } from './numbers.js';
import { REMOTE_FINDING_CODES, remoteFindings } from './remote-findings.js';

const quoted = (text: string) => JSON.stringify(text);

export const TRY_ALONE = () => 'Try it alone in a terminal; is it an MCP server that speaks over stdio?';

/** Requires the same words for each kind. */
const kinds = <Kind extends string>(words: Record<Kind, ServerKindWords>) => words;

/** Words for a server that is reached over the network. */
const remote = (at: string): ServerKindWords => ({
  starting: ({ attempt }) =>
    attempt > 1 ? `Connecting to the server again (attempt ${attempt}).` : 'Connecting to the server.',
  again: ({ failures, ms }) =>
    failures < 2
      ? `Next try ${inTime(ms)}.`
      : `It has failed ${failures} times in a row; next try ${inTime(ms)}.`,
  inARow: ({ failures }) => `It has failed ${failures} times in a row.`,
  lastWords: ({ lines }) => `It answered: ${lines}`,
  slow: () => 'A server that sleeps while nobody uses it takes a while to wake.',
  invalidMessage: {
    at,
    next: 'An MCP server answers with JSON-RPC alone: check that the address is that of its MCP endpoint.',
  },
  causes: {
    unanswered: {
      gone: ({ livedMs }) => `The server did not answer initialize within ${time(livedMs)}.`,
      next: () => 'Check that the address is that of an MCP server, and that the server is not overloaded.',
    },
  },
});

/** Words for servers, by how they are reached. The keys are the kinds of `config/kinds`. */
export const serverKinds = kinds({
  stdio: {
    starting: ({ attempt }) =>
      attempt > 1 ? `Starting the server again (attempt ${attempt}).` : 'Starting the server.',
    again: ({ crashed, failures, ms }) =>
      failures < 2
        ? `Next start ${inTime(ms)}.`
        : `It has ${crashed ? 'crashed' : 'failed'} ${failures} times in a row; next start ${inTime(ms)}.`,
    inARow: ({ crashed, failures }) => `It has ${crashed ? 'crashed' : 'failed'} ${failures} times in a row.`,
    lastWords: ({ lines }) => `Last on stderr: ${lines}`,
    slow: () => 'The first start with npx or uvx downloads packages, which takes a while.',
    invalidMessage: {
      at: 'a line on stdout',
      next: 'An MCP server may write nothing but JSON-RPC to stdout; its own messages belong on stderr.',
    },
    causes: {
      unanswered: {
        gone: ({ livedMs }) => `The server did not answer initialize within ${time(livedMs)} and was ended.`,
        next: TRY_ALONE,
      },
    },
  },
  http: remote('an HTTP answer'),
  sse: remote('an event'),
  ws: remote('a WebSocket message'),
});

/** Findings about the part of an entry that says how its server is reached. */
export const serverFindings = {
  ...remoteFindings,
  'unknown-transport': ({ written, known }: { written: string; known: readonly string[] }) => ({
    expected: known.map(quoted).join(' or '),
    got: quoted(written),
    next: `Write ${known.map(quoted).join(' or ')}, or leave it out.`,
  }),
  'no-command': ({ isEmpty }: { isEmpty: boolean }) => ({
    expected: 'a command',
    got: isEmpty ? 'an empty text' : 'nothing',
    next: 'Write the program to start, for instance "command": "npx", "args": ["-y", "package"].',
  }),
  'command-line': ({ program, more }: { program: string; more: number }) => ({
    expected: 'one program, its arguments in "args"',
    got: `${quoted(program)} with ${more} more words, and no file of that name`,
    next: `Split it: "command": ${quoted(program)}, "args": [ ${more} more, each in its own quotes ].`,
  }),
} satisfies Record<string, (params: never) => FindingText>;

/** The stable code of each of them. */
export const SERVER_FINDING_CODES = {
  ...REMOTE_FINDING_CODES,
  'unknown-transport': 'CONFIG_TYPE',
  'no-command': 'CONFIG_TYPE',
  'command-line': 'CONFIG_COMMAND_LINE',
} as const satisfies Record<keyof typeof serverFindings, string>;
