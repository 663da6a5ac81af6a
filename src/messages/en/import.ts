import type { ForeignForm, LeftOutReason } from '../parts.js';

const quoted = (text: string) => JSON.stringify(text);
/** Most names that are listed one by one. */
const LONGEST_LIST = 12;
const listed = (keys: readonly string[]) =>
  `${keys.slice(0, LONGEST_LIST).map(quoted).join(', ')}${keys.length > LONGEST_LIST ? ` and ${keys.length - LONGEST_LIST} more` : ''}`;

/** Why a part of another program's configuration was not imported. */
const reasons: Record<LeftOutReason, string> = {
  approval: 'mcp-pipe asks nobody before a tool runs; hide tools with "tools": { "deny": […] }',
  timeout: 'how long a call may take is "settings.callTimeoutMs", for all servers alike',
  'start-timeout':
    'how long a server may take to start is "settings.initializeTimeoutMs", for all servers alike',
  keepalive: 'pings are sent as "settings.keepaliveIntervalMs" and "keepaliveTimeoutMs" say',
  reconnect: 'waits are "settings.minDelayMs" and "maxDelayMs", and there is no last try',
  sandbox: 'mcp-pipe has no sandbox: the server may do what this user may',
  'sign-in': 'mcp-pipe signs in otherwise: mcp-pipe login NAME, or "headers"',
  'per-user': 'mcp-pipe has one user; write the value into .env',
  watch: 'mcp-pipe does not watch files; start it again after a change',
  words: 'tools keep the names and descriptions that their server gives them',
  instructions: 'the instructions of a server are its own',
  packages: 'set the registry in the environment, for instance npm_config_registry or UV_DEFAULT_INDEX',
  proxy: 'set HTTPS_PROXY in the environment',
  extension: 'it is meant for an extension of the program, not for a server',
  'allowed-twice': 'another list says already which tools are allowed',
  'no-such-server': 'there is no server of that name',
  shape: 'the value is of another type than expected',
  unknown: 'it means nothing to mcp-pipe',
};

/** The forms in which other programs keep servers, as a part of a sentence. */
export const foreignForms: Record<ForeignForm, string> = {
  opencode: 'as opencode writes them',
  'vscode-settings': 'as the settings of VS Code hold them',
  goose: 'as goose writes them',
  codex: 'as Codex writes them',
  yaml: 'in YAML',
  toml: 'in TOML',
  list: 'as a list',
  alone: 'without a name around it',
  top: 'outside of "mcpServers"',
  other: 'under another key',
};

/** Comments in what `init` writes. */
export const importComments = {
  knownAs: ({ program, id }: { program: string; id: string }) =>
    `What ${program || 'its program'} knows as "${id}"`,
};

export const importNotes = {
  'may-want-login': ({ names }: { names: readonly string[] }) =>
    `${names.join(', ')}: remote, with no headers; if the server answers 401, run mcp-pipe login ${names.length === 1 ? names[0] : 'NAME'}.`,
  'bridge-left-out': ({ names, bridge }: { names: readonly string[]; bridge: string }) =>
    `${names.join(', ')}: reached at the address itself, without ${bridge} in between.`,
  'no-url': ({ name }: { name: string }) =>
    `${name}: has no address, and so is disabled; write "url" before you start it.`,
  'left-out': ({
    names,
    keys,
    reason,
  }: {
    /** Empty for a key beside the servers. */
    names: readonly string[];
    keys: readonly string[];
    reason: LeftOutReason;
  }) =>
    `${names.length === 0 ? 'Left out' : `${names.join(', ')}: left out`} ${listed(keys)}: ${reasons[reason]}.`,
  'other-settings': ({ program, keys }: { program: string | undefined; keys: readonly string[] }) =>
    `Left out ${listed(keys)}: settings of ${program ?? 'the program'} that are not about servers.`,
  'no-command': ({ name }: { name: string }) =>
    `${name}: has no "command", and so is disabled; write one before you start it.`,
  'not-a-process': ({ name, type }: { name: string; type: string }) =>
    `${name}: not imported; ${quoted(type)} is a part of its program, not a server that could be started.`,
  'not-a-server': ({ name }: { name: string }) => `${name}: not imported; its entry is no object.`,
  'fill-in': ({ name, variable }: { name: string; variable: string }) =>
    `${name}: needs ${variable}; fill it in in .env.`,
  'secret-arguments': ({ names }: { names: readonly string[] }) =>
    `${names.join(', ')}: what looks like a secret stands in "args"; write \${NAME} there and NAME=… into .env to take it out.`,
  'secret-kept': ({ name, variable }: { name: string; variable: string }) =>
    `${name}: a secret stayed in the configuration, for .env has no spelling for it: write \${${variable}} in its place, put it into a file, and ${variable}_FILE= with its path into .env.`,
  twice: ({ keys }: { keys: readonly string[] }) =>
    `Only the last of each was taken, for these stand there more than once: ${listed(keys)}.`,
  endpoint: ({ key }: { key: string }) =>
    `The endpoint in ${quoted(key)} is read from MCP_ENDPOINT in .env from now on.`,
  endpoints: ({ key, count }: { key: string; count: number }) =>
    `${quoted(key)} has ${count} ${count === 1 ? 'endpoint' : 'endpoints'}: each is an agent in "agents", and one process of each server answers all of them. Their addresses stand in .env.`,
  'in-no-agent': ({ names }: { names: readonly string[] }) =>
    `${names.join(', ')} ${names.length === 1 ? 'is' : 'are'} disabled: no endpoint had ${names.length === 1 ? 'it' : 'them'} there. Enable one by naming it in the "servers" of an agent.`,
  'endpoint-unusable': ({ key }: { key: string }) =>
    `${quoted(key)} holds something that is no address: write the address into .env as MCP_ENDPOINT=….`,
  'endpoint-elsewhere': ({ key }: { key: string }) =>
    `Left out the endpoint in ${quoted(key)}: another one is given already.`,
  'endpoint-off': ({ key }: { key: string }) =>
    `${quoted(key)} is switched off there; here its endpoint is dialled.`,
};
