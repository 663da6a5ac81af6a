import * as z from 'zod';
import { messagesFor } from '../messages/index.js';
import { cacheKeys } from './cache-schema.js';
import { callsKeys, concurrent } from './calls-schema.js';
import { heldKeys } from './held-schema.js';
import { instancesKeys } from './instances-schema.js';
import type { KeyForms } from './kinds/kind.js';
import { KINDS } from './kinds/kinds.js';
import {
  DEFAULT_SEPARATOR,
  LEAST_DWELL_MS,
  MODES,
  ON_LIST_CHANGE,
  PREFIXES,
  SEPARATOR,
  SHARES,
  TOOL_NAMES,
} from './mode.js';
import { processKeys } from './process-schema.js';
import { numbers } from './settings-schema.js';
import { duration, rate, text, textLike, wants, yesOrNo } from './shapes.js';
import { startKeys } from './start-schema.js';

const names = z.array(text, wants('list-of-texts'));
const globs = names.meta({ examples: [['get_*', 'search']] });
const toolFilter = z.strictObject(
  {
    allow: globs
      .optional()
      .describe('Only these tools are shown and can be called; * and ? as in file names. Default: all.'),
    deny: globs.optional().describe('These tools are neither shown nor called, whatever allow says.'),
  },
  wants('tool-filter'),
);

/** What MCP allows in names, and every client takes. */
const toolName = z.string(wants('tool-name')).regex(/^[A-Za-z0-9_-]{1,64}$/, wants('tool-name'));
const serverTools = z.strictObject(
  {
    ...toolFilter.shape,
    rename: z
      .record(z.string(), toolName, wants('object-of-texts'))
      .optional()
      .describe(
        'Other names for its tools, by the names that the server gives them: clients see and call only these. Filters, limits and all else speak of the names that the server gives.',
      )
      .meta({ examples: [{ get_wx: 'thoi_tiet' }] }),
    describe: z
      .record(z.string(), text, wants('object-of-texts'))
      .optional()
      .describe('Other descriptions for its tools, by the names that the server gives them.')
      .meta({ examples: [{ get_wx: 'Xem thời tiết của một thành phố' }] }),
  },
  wants('tool-filter'),
);

/** One address, or several. */
const addresses = z.union([text, z.array(text, wants('addresses'))], wants('addresses'));

const PRIORITIES = { least: -1_000_000, most: 1_000_000 };
const accountGroup = z.string(wants('account-group')).regex(/^[^\p{Cc}]{1,60}$/u, wants('account-group'));
const badOrder = wants('number', { least: -1_000, most: 1_000 });
const turn = z.strictObject(
  {
    dwellMs: duration(LEAST_DWELL_MS)
      .optional()
      .describe(
        'How long its turn lasts, in milliseconds or as a text: "30s", "5m", "1h". Default: rotateEveryMs.',
      ),
    order: z
      .number(badOrder)
      .min(-1_000, badOrder)
      .max(1_000, badOrder)
      .optional()
      .describe('Servers with a smaller number come first. Default: 0, in the order of the configuration.'),
  },
  wants('turn'),
);

/** Shapes that the keys of a kind are made of. */
const forms: KeyForms = {
  z: {
    ...{ array: z.array, enum: z.enum, literal: z.literal, number: z.number },
    ...{ strictObject: z.strictObject, string: z.string, union: z.union },
  },
  ...{ wants, text, yesOrNo },
  listOfTexts: z.array(textLike, wants('list-of-texts')),
  objectOfTexts: z.record(z.string(), textLike, wants('object-of-texts')),
};

/** Keys about how a server is reached. */
const keysOf = Object.values(KINDS).map((kind) => kind.keys(forms) as Record<string, z.ZodType>);
const keysOfKinds: Record<string, z.ZodType> = Object.assign({}, ...keysOf);
const namesOfKinds = Object.keys(KINDS).map((kind) => JSON.stringify(kind));

// Not a template: the reader of the configuration fills it in.
const EXAMPLE = 'wss://api.xiaozhi.me/mcp/?token=$' + '{TOKEN}';

const keys = {
  ...keysOfKinds,
  env: z
    .record(z.string(), textLike, wants('object-of-texts'))
    .optional()
    .describe(
      'Variables for this server, above what it inherits. MCP_ENDPOINT here is the address to connect to, and is not handed on.',
    ),
  envFile: text
    .optional()
    .describe('A file like .env with more variables for this server, below env. As in VS Code and Cursor.'),
  endpoint: addresses
    .optional()
    .describe(
      'The WebSocket address to connect to, or a list of them: one process answers at all. Default: env.MCP_ENDPOINT, then MCP_ENDPOINT_<NAME>; if no agent has the server: --endpoint, MCP_ENDPOINT.',
    )
    .meta({ examples: [EXAMPLE] }),
  share: z
    .enum(SHARES, wants('share'))
    .optional()
    .describe(
      'How many processes there are: "server" (default) is one for all; "agent" is one for each agent, named NAME@AGENT, and $' +
        '{AGENT} in its args, env, cwd or url is the name of the agent. For clients of the gateway: "key" is one for each API key (the default when "gateway" has several keys), "session" is one for each session; endpoints share one.',
    ),
  callerEnv: z
    .record(z.string(), text, wants('caller-env'))
    .optional()
    .describe(
      'With "share": "key" or "session": variables that the process of a caller gets from the headers of its requests. Callers with other values get another process.',
    )
    .meta({ examples: [{ GITHUB_TOKEN: 'header:X-GitHub-Token' }] }),
  handshake: z
    .enum(['speculative', 'passthrough'], wants('handshake'))
    .optional()
    .describe(
      'Who sends initialize first: with "speculative" (default) mcp-pipe, before the endpoint is dialled; with "passthrough" only the endpoint.',
    ),
  tools: z
    .union([serverTools, names], wants('tool-filter'))
    .optional()
    .describe(
      'Which of its tools clients see, and how: { "allow": […], "deny": […], "rename": {…}, "describe": {…} }. A list alone is allow, as MCP2Xiaozhi and GitHub Copilot write it. Default: all.',
    ),
  readOnly: yesOrNo
    .optional()
    .describe(
      'true: only tools that the server marks with readOnlyHint are shown and can be called. Default: false.',
    ),
  checkArguments: yesOrNo
    .optional()
    .describe(
      "true: arguments of calls are checked against the tool's inputSchema; wrong ones are answered with an error that names the argument, and the server does not get the call. Default: false.",
    ),
  includeTools: names.optional().describe('The same as tools.allow, as Gemini CLI writes it; empty: all.'),
  enabledTools: names.optional().describe('The same as tools.allow, as several write it; empty: all.'),
  excludeTools: names.optional().describe('The same as tools.deny, as Gemini CLI writes it.'),
  disabledTools: names.optional().describe('The same as tools.deny, as Roo Code and Windsurf write it.'),
  ...callsKeys,
  priority: z
    .number(wants('number', PRIORITIES))
    .min(PRIORITIES.least, wants('number', PRIORITIES))
    .max(PRIORITIES.most, wants('number', PRIORITIES))
    .optional()
    .describe(
      'Which servers are connected when there are more links than connections: the highest number first, among equal ones the first in the file. Default: 0.',
    ),
  accountGroup: accountGroup
    .optional()
    .describe(
      'The account that its token belongs to, by any name: connectionsPerAccount counts over all tokens of one group.',
    ),
  rotate: turn.optional().describe('Its turn, when the mode is "rotate": { "dwellMs": 300000, "order": 1 }.'),
  ...{ ...processKeys, ...startKeys, ...instancesKeys, ...heldKeys, ...cacheKeys },
  disabled: yesOrNo.optional().describe('true: not started, unless asked for by name. Default: false.'),
  enabled: yesOrNo
    .optional()
    .describe('The opposite of disabled, as mcp-proxy and Zed write it. Default: true.'),
  isActive: yesOrNo.optional().describe('The same as enabled, as Cherry Studio writes it.'),
  type: text
    .optional()
    .describe(
      `How to talk to the server: ${namesOfKinds.join(', ')}. Default: as its command or url says. "http" is Streamable HTTP, or HTTP+SSE where a server has only that.`,
    ),
  transportType: text.optional().describe('The same as type, as mcp-proxy writes it.'),
  transport: text.optional().describe('The same as type, as some others write it.'),
};

/** One server. Keys of other programs are accepted. */
export const server = z.looseObject(keys, wants('server'));

/** The keys about how a server is reached, by the kind of the server. */
export const KEYS_OF_KIND: ReadonlyMap<string, readonly string[]> = new Map(
  Object.keys(KINDS).map((kind, i) => [kind, Object.keys(keysOf[i]!)]),
);

/** How servers are connected: beside the servers for every token, under `tokens` for single tokens. */
export const connecting = {
  mode: z
    .enum(MODES, wants('mode'))
    .optional()
    .describe(
      `How servers are put on connections: ${Object.entries(messagesFor('en').modes)
        .map(([mode, does]) => `"${mode}"${mode === 'auto' ? ' (default)' : ''} ${does}`)
        .join(', ')}.`,
    ),
  prefix: z
    .enum(PREFIXES, wants('prefix'))
    .optional()
    .describe(
      'When a tool of a multiplexed server carries its name in front. "auto" (default): where two servers have a tool of that name. "always". "never": the server that stands first has the tool.',
    ),
  toolNames: z
    .enum(TOOL_NAMES, wants('tool-names'))
    .optional()
    .describe(
      'How names of tools and prompts of multiplexed servers are spelled. "plain" (default): with A-Z a-z 0-9 _ - alone and at most 64 of them, which every endpoint takes; tính_tổng becomes tinh_tong. "keep": as the server spells them, as on a connection of its own.',
    ),
  separator: z
    .string(wants('separator'))
    .regex(SEPARATOR, wants('separator'))
    .optional()
    .describe(
      `What stands between the name of a server and that of its tool: up to 8 letters, digits, _ or -. Default: "${DEFAULT_SEPARATOR}".`,
    ),
  onListChange: z
    .enum(ON_LIST_CHANGE, wants('on-list-change'))
    .optional()
    .describe(
      'What happens when a list of tools, prompts or resources has changed. "auto" (default): the endpoint is told, and if it does not ask for the list, the connection is made anew between two calls: some endpoints read a list only on a new connection. "notify": it is only told. "reconnect": the connection is made anew after each change.',
    ),
};

/** Settings that are shared by all links of a process. */
const { maxParallelStarts: _, startSlotMs: __, maxServersMemory: ___, ...numbersOfLink } = numbers;

/** Options of one token. */
export const token = z.strictObject(
  {
    ...connecting,
    accountGroup: accountGroup
      .optional()
      .describe('The account that this token belongs to, by any name, whatever its servers say.'),
    ...numbersOfLink,
  },
  wants('token'),
);

/** An agent: where it is reached, and which servers it has. Its other options are those of a token. */
export const agent = z.strictObject(
  {
    endpoint: addresses
      .optional()
      .describe(
        'The WebSocket address of the agent, or a list of them. It is needed, except with "gateway": clients have an agent without an address at /agents/NAME/mcp.',
      )
      .meta({ examples: [EXAMPLE] }),
    servers: z
      .array(text, wants('list-of-servers'))
      .optional()
      .describe('Names of its servers. Default: every server that is not disabled.')
      .meta({ examples: [['music', 'memory']] }),
    tools: z
      .record(z.string(), z.union([toolFilter, names], wants('tool-filter')), wants('tools-of-agent'))
      .optional()
      .describe(
        'Which tools of a server this agent sees, by the name of the server: { "music": { "allow": ["play_*"] } }. The "tools" of the server itself count as well: both have to allow a tool.',
      ),
    readOnly: yesOrNo
      .optional()
      .describe(
        'true: of its servers, only tools that they mark with readOnlyHint are shown and can be called. Default: false.',
      ),
    rate: rate
      .optional()
      .describe(
        'How many calls the agent may make in a time, over all its addresses: "100/m", "10/s"; true is 100 in a minute. Default: any number.',
      ),
    concurrent: concurrent
      .optional()
      .describe('How many calls of the agent run at a time; further ones wait. Default: any number.'),
    disabled: yesOrNo.optional().describe('true: not connected, unless --agent names it. Default: false.'),
    enabled: yesOrNo.optional().describe('The opposite of disabled. Default: true.'),
    ...token.shape,
    accountGroup: accountGroup
      .optional()
      .describe('The account that its tokens belong to, by any name, whatever its servers say.'),
  },
  wants('agent'),
);

const servers = z.record(z.string(), z.unknown(), wants('servers'));
/** What stands around the sections, which are checked by themselves. */
export const root = z.looseObject(
  {
    mcpServers: servers.optional(),
    servers: servers.optional(),
    context_servers: servers.optional(),
    ...connecting,
    tokens: z.record(z.string(), z.unknown(), wants('tokens')).optional(),
    agents: z.record(z.string(), z.unknown(), wants('agents')).optional(),
    alerts: z.unknown().optional(),
    sentry: z.unknown().optional(),
    otlp: z.unknown().optional(),
    gateway: z.unknown().optional(),
    ui: z.unknown().optional(),
    metrics: z.unknown().optional(),
    audit: z.unknown().optional(),
    redis: z.unknown().optional(),
    updateNotice: z.boolean(wants('true-or-false')).optional(),
    settings: z.unknown().optional(),
  },
  wants('root'),
);

export type RawServer = z.infer<typeof server>;
