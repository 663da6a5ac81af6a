import type { FindingText, ServerKindWords } from '../parts.js';
import { time } from './numbers.js';

const quoted = (text: string) => JSON.stringify(text);

export const TRY_ALONE = () => 'Try it alone in a terminal; is it an MCP server that speaks over stdio?';

/** Requires the same words for each kind. */
const kinds = <Kind extends string>(words: Record<Kind, ServerKindWords>) => words;

/** Words for servers, by how they are reached. The keys are the kinds of `config/kinds`. */
export const serverKinds = kinds({
  stdio: {
    starting: ({ attempt }) =>
      attempt > 1 ? `Starting the server again (attempt ${attempt}).` : 'Starting the server.',
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
});

/** Findings about the part of an entry that says how its server is reached. */
export const serverFindings = {
  'remote-server': ({ written, address }: { written: string | undefined; address: string | undefined }) => ({
    expected: '"stdio", a command to start',
    got: written === undefined ? `an entry with "${address}" and without "command"` : quoted(written),
    next: 'Remote servers come in a later version: disable this one, or use a stdio bridge such as mcp-remote.',
  }),
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
  'remote-server': 'CONFIG_UNSUPPORTED_TRANSPORT',
  'unknown-transport': 'CONFIG_TYPE',
  'no-command': 'CONFIG_TYPE',
  'command-line': 'CONFIG_COMMAND_LINE',
} as const satisfies Record<keyof typeof serverFindings, string>;
