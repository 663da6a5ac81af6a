import type { OddFile, WrongArgument } from '../parts.js';
import { blackBoxErrors } from './black-box-errors.js';
import { daemonErrors } from './daemon-errors.js';
import { oddFiles } from './file-findings.js';
import { keyErrors } from './key-errors.js';
import { loginErrors } from './login-errors.js';
import { time } from './numbers.js';
import { takeOverErrors } from './take-over-errors.js';
import { list, meantOr, targetErrors } from './target-errors.js';
import { tokenErrors } from './token-errors.js';

const wrongArgument = (one: WrongArgument): string => {
  const name = `"${one.name}"`;
  switch (one.is) {
    case 'missing':
      return `${name} is missing`;
    case 'twice':
      return `${name} is given twice`;
    case 'unknown':
      return `${name} is unknown${one.meant === undefined ? '' : ` (did you mean "${one.meant}"?)`}`;
    case 'misfit':
      return `${name} has to be ${one.type}, not ${one.value}`;
  }
};

/** Errors of commands: what is wrong, and what to do. */
/** How to choose another port of what listens for HTTP. */
const OTHER_PORT = {
  endpoint: '--port',
  gateway: '"port" in "gateway" or mcp-pipe serve --port',
  ui: '"address" in "ui" or mcp-pipe --ui PORT',
  metrics: '"address" in "metrics" or mcp-pipe --metrics PORT',
};

export const errors = {
  ...targetErrors,
  ...blackBoxErrors,
  ...loginErrors,
  ...keyErrors,
  ...takeOverErrors,

  // What is to be started
  'takes-no-arguments': ({ name, path }: { name: string; path: string }) => ({
    what: `The server ${name} takes its arguments from the configuration.`,
    next: `Add them to "args" of ${path}.`,
  }),
  'no-command': () => ({
    what: 'No command stands after --.',
    next: 'Write for instance: mcp-pipe -- npx -y @modelcontextprotocol/server-memory',
  }),
  'not-a-script': ({ file, program }: { file: string; program: string }) => ({
    what: `${file} is neither a .js, .mjs, .cjs, .ts or .py script nor executable.`,
    next: `Make it executable (chmod +x), or name its interpreter: mcp-pipe -- bash ${program}`,
  }),
  'no-python': ({ file, tried }: { file: string; tried: readonly string[] }) => ({
    what: `${file} needs Python, and neither ${tried.join(' nor ')} is on the PATH.`,
    next: 'Install Python 3, or name the interpreter: mcp-pipe -- /path/to/python script.py',
  }),
  'rotate-every-with-mode': ({ mode }: { mode: string }) => ({
    what: `--rotate-every does not go with --mode ${mode}.`,
    next: 'Leave one of the two out, or write --mode rotate.',
  }),
  'log-level': ({ level, levels }: { level: string; levels: readonly string[] }) => ({
    what: `The log level is "${level}", expected one of ${levels.join(', ')}.`,
    next: 'Correct MCP_PIPE_LOG_LEVEL.',
  }),
  'only-with-chaos': ({ option }: { option: string }) => ({
    what: `${option} belongs to --chaos, which is not there.`,
    next: `Add it: mcp-pipe demo --chaos ${option}`,
  }),
  'log-format': ({ format }: { format: string }) => ({
    what: `The log format is "${format}", expected pretty or json.`,
    next: 'Correct MCP_PIPE_LOG_FORMAT.',
  }),

  // Files that are written
  'not-readable-back': ({ file, lines }: { file: string; lines: readonly number[] | undefined }) => ({
    what: `${file} was left as it is: the change would not read back as meant.`,
    next: lines
      ? `A key stands there twice, on lines ${lines.join(' and ')}: remove one of them first.`
      : 'Change it by hand.',
  }),
  'unquotable-value': ({ file }: { file: string }) => ({
    what: `A value cannot be written into ${file}: it has every kind of quote.`,
    next: 'Leave secrets where they are with --keep-secrets-inline.',
  }),
  'no-compose-file': ({ file }: { file: string }) => ({
    what: `${file} is no compose file: it cannot be read, or is no YAML.`,
    next: 'Name the file after --compose, for instance --compose deploy/compose/docker-compose.prod.yml.',
  }),
  'production-target': () => ({
    what: '--production judges the whole setup, not one server.',
    next: 'Leave the name out: mcp-pipe check --production',
  }),
  'compose-alone': () => ({
    what: '--compose names a file for --production alone.',
    next: 'Type mcp-pipe check --production --compose FILE, or leave --compose out.',
  }),
  'not-utf8': ({ file }: { file: string }) => ({
    what: `${file} is not UTF-8, so it cannot be changed without damage.`,
    next: 'Save it as UTF-8 and try again.',
  }),
  'file-refused': ({
    file,
    act,
    code,
    odd,
  }: {
    file: string;
    act: 'read' | 'create' | 'write';
    code: string;
    odd: OddFile | undefined;
  }) => ({
    what: `Cannot ${act} ${file}: ${odd ? `it is ${oddFiles[odd]}` : code}.`,
    next: odd
      ? 'Name an ordinary text file.'
      : code === 'EEXIST'
        ? 'It exists by now; look at it, then try again.'
        : 'Check that the folder exists and that this user may write there. In a container, edit the file outside of it, then run mcp-pipe reload.',
  }),
  'folder-refused': ({ folder, code }: { folder: string; code: string }) => ({
    what: `Cannot create the folder ${folder}: ${code}.`,
    next: 'Name another one with --dir.',
  }),
  'config-exists': ({ file }: { file: string }) => ({
    what: `${file} exists already, and is not overwritten.`,
    next: 'Add servers to it with mcp-pipe add, or write elsewhere with --dir.',
  }),

  // init, add, remove
  'server-option': () => ({
    what: '--server takes calculator, memory, filesystem=FOLDER or NAME="COMMAND ARGS".',
    next: "For instance: --server 'clock=uvx mcp-server-time'",
  }),
  'server-option-twice': ({ name }: { name: string }) => ({
    what: `--server names ${name} twice.`,
    next: 'Give each its own name.',
  }),
  'no-such-folder': ({ folder }: { folder: string }) => ({
    what: `There is no folder ${folder}.`,
    next: 'Create it, or name another one.',
  }),
  'import-syntax': ({
    file,
    syntax,
    line,
  }: {
    file: string;
    syntax: 'YAML' | 'TOML';
    line: number | undefined;
  }) => ({
    what: `--import: ${file} cannot be read as ${syntax}${line === undefined ? '' : `: line ${line}`}.`,
    next: 'Correct the file, or give it the ending of what it is: .json, .yaml or .toml.',
  }),
  'nothing-to-import': ({ file, exists }: { file: string; exists: boolean }) => ({
    what: `--import: ${file} ${exists ? 'holds no servers that could be read' : 'does not exist'}.`,
    next: 'Name the file of a program with MCP servers, such as ~/.cursor/mcp.json, xiaozhi.config.json, config.yaml of goose or config.toml of Codex; docs/import.md has all of them.',
  }),
  /** `asked`: the address was typed as an answer, not as an option. */
  'endpoint-option': ({ hasScheme, asked }: { hasScheme: boolean; asked?: boolean }) => ({
    what: `${asked ? 'Endpoint' : '--endpoint'}: ${hasScheme ? 'this is no address that a server can connect to' : 'the address should start with wss:// or ws://'}.`,
    next: 'Copy the whole address from the console again. It looks like wss://api.xiaozhi.me/mcp/?token=…, in quotes because of the question mark.',
  }),
  'no-command-to-add': ({ name }: { name: string }) => ({
    what: 'Neither a command stands behind --, nor an address behind the name.',
    next: `Write for instance: mcp-pipe add ${name} -- npx -y @modelcontextprotocol/server-memory; or, for a remote server: mcp-pipe add ${name} https://example.com/mcp`,
  }),
  'name-taken': ({ name, file }: { name: string; file: string }) => ({
    what: `${file} has a server ${name} already.`,
    next: 'Take another name, or replace it with --force.',
  }),
  'no-place-for-servers': ({ file }: { file: string }) => ({
    what: `${file} has no place for servers.`,
    next: 'It should be { "mcpServers": { … } }; mcp_config.minimal.json is an example.',
  }),
  'bad-name': () => ({
    what: 'A server needs a name of visible characters.',
    next: 'For instance: memory',
  }),
  'no-address-to-add': ({ name, transport }: { name: string; transport: string }) => ({
    what: 'The address of the server is missing.',
    next: `For instance: mcp-pipe add --transport ${transport} ${name} ${transport === 'ws' ? 'wss' : 'https'}://example.com/mcp`,
  }),
  'unknown-transport-to-add': ({ known }: { known: readonly string[] }) => ({
    what: '--transport names no transport that mcp-pipe speaks.',
    next: `Write one of ${known.join(', ')}.`,
  }),
  'entry-json': () => ({
    what: 'The text behind the name is no entry in JSON with "command" or "url".',
    next: `For instance: mcp-pipe add home '{"url": "https://example.com/mcp"}'`,
  }),
  'env-option': () => ({ what: '--env takes NAME=VALUE.', next: 'For instance: --env LANG=vi' }),
  'no-config-here': ({ file }: { file: string }) => ({
    what: `There is no ${file}.`,
    next: 'Let mcp-pipe init write one, or name another one with --config.',
  }),
  'no-such-server': ({
    file,
    name,
    names,
    meant,
  }: {
    file: string;
    name: string;
    names: readonly string[];
    meant: readonly string[];
  }) => ({
    what: `${file} has no server ${name}; it has ${list(names, 'none')}.`,
    next: meantOr(meant, 'mcp-pipe check lists the servers.'),
  }),
  'nothing-to-switch': ({
    file,
    name,
    names,
    meant,
  }: {
    file: string;
    name: string;
    names: readonly string[];
    meant: readonly string[];
  }) => ({
    what: `${file} has no server or agent ${name}; it has ${list(names, 'none')}.`,
    next: meantOr(meant, 'mcp-pipe check lists the servers and agents.'),
  }),
  'not-switchable': ({ file, name, why }: { file: string; name: string; why: 'list' | 'entry' }) => ({
    what:
      why === 'list'
        ? `${name} is switched off by a list beside the servers in ${file}, not by its entry.`
        : `The entry of ${name} in ${file} is none that mcp-pipe could start.`,
    next:
      why === 'list'
        ? 'Edit that list: "excludeMCPServers", "allowMCPServers", or "mcp" with "excluded" and "allowed".'
        : 'mcp-pipe check says what is wrong with it.',
  }),

  // tools and call
  'nothing-to-call': ({ isServer }: { isServer: boolean }) => ({
    what: `No ${isServer ? 'server' : 'tool'} is named.`,
    next: 'Write mcp-pipe call SERVER TOOL key=value; mcp-pipe tools lists both.',
  }),
  'stdin-no-object': () => ({
    what: 'stdin holds no JSON object.',
    next: 'Write one into it, or key=value behind the tool.',
  }),
  'no-such-tool': ({
    server,
    tool,
    tools,
    meant,
  }: {
    server: string;
    tool: string;
    tools: readonly string[];
    meant: readonly string[];
  }) => ({
    what: `${server} has no tool ${JSON.stringify(tool)}.`,
    next: meantOr(meant, `It has ${list(tools, 'none')}.`),
  }),
  'wrong-arguments': ({ wrong, usage }: { wrong: readonly WrongArgument[]; usage: string }) => ({
    what: `${[...new Set(wrong.map(wrongArgument))].join('; ')}.`,
    next: `${usage}; a star marks what is required. Write key=value, key:=json, or one JSON object.`,
  }),
  'more-than-object': () => ({
    what: 'A JSON object holds all arguments; more stands behind it.',
    next: 'Put it into one pair of single quotes, or write key=value for each argument.',
  }),
  'no-object': () => ({
    what: 'The arguments begin like a JSON object but are none.',
    next: `Quote them for your shell, for instance '{"key": "value"}', or write key=value.`,
  }),
  'no-argument': ({ word }: { word: string }) => ({
    what: `An argument is neither key=value nor a JSON object: ${word}`,
    next: 'Write for instance expression="6 * 7"; --json and other options may stand before or after.',
  }),
  'no-json-value': ({ name }: { name: string }) => ({
    what: `The value of ${name}:= is no JSON.`,
    next: `For a text write ${name}=…`,
  }),
  'too-late': ({ timeoutMs }: { timeoutMs: number }) => ({
    what: `No answer within ${time(timeoutMs)}; the call was cancelled.`,
    next: 'Allow more with --timeout-ms.',
  }),
  'no-common-version': ({ name }: { name: string }) => ({
    what: `The server ${name} speaks no version that mcp-pipe knows.`,
    next: 'Look for a newer version of the server.',
  }),
  'refused-initialize': ({
    name,
    message,
    code,
  }: {
    name: string;
    message: string | undefined;
    code: number | undefined;
  }) => ({
    what: `${name} refused initialize: ${message ?? 'without a reason'}${code === undefined ? '' : ` (${code})`}.`,
    next: 'Look for a newer version of the server.',
  }),

  // probe
  'token-of-unknown': ({ name, names }: { name: string; names: readonly string[] }) => ({
    what: `${name} is not a configured server; there are ${list(names, 'none')}.`,
    next: 'Name one of those with --token-of, or an address with --endpoint.',
  }),
  'no-token': () => ({
    what: 'There is no token to probe.',
    next: 'Let mcp-pipe init ask for it, write MCP_ENDPOINT=wss://… into .env, or name a server with --token-of, or an address with --endpoint.',
  }),
  'several-tokens': ({ tokens, server }: { tokens: readonly string[]; server: string }) => ({
    what: `There are ${tokens.length} tokens: ${tokens.join('; ')}.`,
    next: `Say which one by one of its servers, for instance: mcp-pipe probe --token-of ${server}`,
  }),
  'nobody-to-ask': () => ({
    what: 'mcp-pipe probe opens connections with your token, and there is no terminal to ask on.',
    next: 'Add --yes to go on without being asked.',
  }),
  ...tokenErrors,
  ...daemonErrors,

  // The embedded endpoint
  'cannot-listen': ({
    host,
    port,
    code,
    by,
  }: {
    host: string;
    port: number;
    code: string;
    by: 'endpoint' | 'gateway' | 'ui' | 'metrics';
  }) => ({
    what: `cannot listen on ${host}:${port} (${code})`,
    next:
      code === 'EADDRINUSE'
        ? `Another program uses this port: end it, or choose another port with ${OTHER_PORT[by]} (0 for any free one).`
        : code === 'EACCES'
          ? 'Choose a port of 1024 or more: this user may not open the lower ones.'
          : 'Correct the host: an address of this computer, 127.0.0.1 for this computer alone, or 0.0.0.0 for every network.',
  }),
} satisfies Record<string, (params: never) => { what: string; next: string }>;
