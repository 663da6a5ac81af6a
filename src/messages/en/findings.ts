import type { ActualValue, FindingText, OddFile, Shape } from '../parts.js';
import { addressFindings } from './address-findings.js';
import { agentFindings } from './agent-findings.js';
import { alertFindings } from './alert-findings.js';
import { checkFindings } from './check-findings.js';
import { commandFindings } from './command-findings.js';
import { confinedFindings } from './confined-findings.js';
import { fileFindings, oddFiles } from './file-findings.js';
import { foreignFindings } from './foreign-findings.js';
import { gatewayFindings } from './gateway-findings.js';
import { jwtFindings } from './jwt-findings.js';
import { limitFindings } from './limit-findings.js';
import { oauthFindings } from './oauth-findings.js';
import { formatActual, shapes, syntax } from './parts.js';
import { proxyFindings } from './proxy.js';
import { redisFindings } from './redis-findings.js';
import { serveFindings } from './serve-findings.js';
import { serverFindings } from './server-kinds.js';
import { startFindings } from './start-findings.js';
import { uiFindings } from './ui-findings.js';

const formatShape = (shape: Shape) => shapes[shape.id](shape);
const quoted = (text: string) => JSON.stringify(text);

const EXAMPLE = 'wss://api.xiaozhi.me/mcp/?token=…';
const NAME_OR_DEFAULT = `\${NAME} or \${NAME:-default}`;

/** Whether a value is missing: `null` stands where no value is needed. */
const isMissing = ({ id }: Shape, what: ActualValue) =>
  what === 'null' && !['root', 'servers', 'server', 'token', 'tokens', 'agent', 'agents'].includes(id);

const formatProblem = (problem: { error: string } | { odd: OddFile }) =>
  'odd' in problem ? oddFiles[problem.odd] : problem.error;

/** The errors and warnings of a configuration; their codes stand in `../codes.ts`. */
export const findings = {
  ...addressFindings,
  ...agentFindings,
  ...alertFindings,
  ...redisFindings,
  ...limitFindings,
  ...gatewayFindings,
  ...oauthFindings,
  ...jwtFindings,
  ...uiFindings,
  ...serveFindings,
  ...checkFindings,
  ...foreignFindings,
  ...commandFindings,
  ...confinedFindings,
  ...serverFindings,
  ...startFindings,
  ...fileFindings,
  ...proxyFindings,

  // The file
  'file-not-found': ({ by }: { by: string }) => ({
    expected: `the file that ${by} names`,
    got: 'no such file',
    next: `Create it, or correct ${by}.`,
  }),
  'file-unreadable': ({ error, isFolder }: { error: string; isFolder: boolean }) => ({
    expected: 'a file that can be read',
    got: error,
    next: isFolder ? 'Name the file itself, not its folder.' : 'Make the file readable for this user.',
  }),
  'no-configuration': ({ isServed }: { isServed: boolean }) => ({
    expected: 'a configuration',
    got: 'no such file',
    next: isServed
      ? 'Write the command of a server behind serve: mcp-pipe serve npx -y @modelcontextprotocol/server-memory. Or let mcp-pipe add memory -- npx -y @modelcontextprotocol/server-memory write a configuration, or name another one with --config.'
      : 'Let mcp-pipe init write one, name another one with --config, or run a script: mcp-pipe calculator.js',
  }),
  'json-syntax': ({
    kind,
    came,
  }: {
    kind: keyof typeof syntax;
    came: ActualValue;
    /** 1-based. */
    column: number;
    /** The line with its texts blanked out, and the number of its characters before the error. */
    excerpt: string;
    caret: number;
  }) => {
    const { expected, next } = syntax[kind];
    return { expected, got: formatActual(came), next };
  },

  // Shapes and keys
  shape: ({ shape, came }: { shape: Shape; came: ActualValue }) => ({
    expected: formatShape(shape),
    got: formatActual(came),
    next: isMissing(shape, came)
      ? 'Leave it out: what is not written has its default.'
      : 'Correct the value.',
  }),
  'unknown-key': ({ key, meant }: { key: string; meant: string | undefined }) => ({
    expected: 'a key that mcp-pipe knows',
    got: quoted(key),
    next:
      meant === undefined
        ? 'Nothing reads it: correct its name, or leave it as it is.'
        : `It is ignored. Did you mean ${quoted(meant)}?`,
  }),
  'unknown-setting': ({
    key,
    meant,
    known,
  }: {
    key: string;
    meant: string | undefined;
    known: readonly string[];
  }) => ({
    expected: formatShape({ id: 'setting' }),
    got: quoted(key),
    next: meant ? `Did you mean ${meant}?` : `The settings are ${known.join(', ')}.`,
  }),
  'delays-swapped': ({ minDelayMs, maxDelayMs }: { minDelayMs: number; maxDelayMs: number }) => ({
    expected: 'minDelayMs of at most maxDelayMs',
    got: `minDelayMs ${minDelayMs} and maxDelayMs ${maxDelayMs}`,
    next: 'Correct one of them.',
  }),
  'duplicate-key': ({ first, last }: { first: number; last: number }) => ({
    expected: 'each key once',
    got: `the same key on lines ${first} and ${last}`,
    next: 'Remove one; the last one counts.',
  }),
  'duplicate-name': ({ first, last }: { first: number | undefined; last: number | undefined }) => ({
    expected: 'a name for each server',
    got: `the same name on lines ${first} and ${last}`,
    next: 'Rename one of the two servers, or remove it.',
  }),

  // Servers
  'servers-at-top': ({ key }: { key: string }) => ({
    expected: '"mcpServers" around the servers',
    got: `the server ${quoted(key)} at the top`,
    next: 'Put the servers into { "mcpServers": { … } }.',
  }),
  'no-servers': () => ({
    expected: 'at least one enabled server',
    got: 'none',
    next: 'Write { "mcpServers": { "name": { "command": … } } }; mcp_config.minimal.json is an example.',
  }),
  'all-disabled': ({ count }: { count: number }) => ({
    expected: 'at least one enabled server',
    got: `${count}, all of them disabled`,
    next: 'Enable one, or start one by its name: mcp-pipe NAME',
  }),
  'number-for-text': ({ value }: { value: string }) => ({
    expected: formatShape({ id: 'text' }),
    got: value,
    next: `Write it in double quotes; "${value}" is what the server gets.`,
  }),
  'text-for-flag': ({
    written,
    understood,
    starts,
  }: {
    written: string;
    understood: boolean;
    starts: boolean;
  }) => ({
    expected: formatShape({ id: 'true-or-false' }),
    got: quoted(written),
    next: `Write ${understood} without quotes; it was understood as ${understood}, so the server is ${starts ? 'started' : 'not started'}.`,
  }),
  'disabled-and-enabled': ({ disabled, enabled }: { disabled: boolean; enabled: boolean }) => ({
    expected: 'one of "disabled" and "enabled", or both saying the same',
    got: `"disabled": ${disabled} and "enabled": ${enabled}`,
    next: 'Remove one of them; as it stands, the server is not started.',
  }),
  'no-folder': ({ folder }: { folder: string }) => ({
    expected: 'a folder',
    got: folder,
    next: 'Create it or correct the path; it is relative to the folder of the configuration.',
  }),
  'disabled-server': ({ name }: { name: string }) => ({
    expected: 'an enabled server',
    got: `${name}, which is disabled`,
    next: 'It is started all the same, because it was asked for by name.',
  }),
  'name-is-file': ({ name }: { name: string }) => ({
    expected: 'a server or a file',
    got: `${name}, which is both`,
    next: `The server is started; for the file write ./${name}`,
  }),

  'env-file-unreadable': ({
    file,
    problem,
  }: {
    file: string;
    problem: { error: string } | { odd: OddFile };
  }) => ({
    expected: 'a file that can be read',
    got: `${file}: ${formatProblem(problem)}`,
    next: 'Create it, correct the path, or remove "envFile".',
  }),
  'not-restricted': ({ key }: { key: string }) => ({
    expected: 'no limit that mcp-pipe cannot keep',
    got: quoted(key),
    next: 'It is ignored: every tool of the server is offered, outside of any sandbox.',
  }),

  // Variables
  'missing-variable': ({ name, envFile }: { name: string; envFile: string }) => ({
    expected: `the variable ${name}`,
    got: 'no such variable',
    next: `Write ${name}=… into ${envFile}, or give a default: \${${name}:-value}.`,
  }),
  'missing-address': ({ name, envFile }: { name: string; envFile: string }) => ({
    expected: `the variable ${name}`,
    got: 'no such variable',
    next: `Write ${name}=wss://api.xiaozhi.me/mcp/?token=… into ${envFile}: the whole address, as you copy it.`,
  }),
  'unasked-input': ({ name, envFile }: { name: string; envFile: string }) => ({
    expected: `the variable ${name}`,
    got: 'no such variable',
    next: `mcp-pipe cannot ask as an editor does: write ${name}=… into ${envFile}.`,
  }),
  'secret-file': ({
    name,
    file,
    problem,
  }: {
    name: string;
    file: string | undefined;
    problem: { bytes: number } | { error: string } | { odd: OddFile };
  }) => ({
    expected: `a readable file with the value of ${name}`,
    got: `${file ?? 'the file it names'}: ${'bytes' in problem ? `${problem.bytes} bytes` : formatProblem(problem)}`,
    next: `Make the file readable, correct ${name}_FILE, or set ${name} itself.`,
  }),
  'variable-unclosed': () => ({
    expected: NAME_OR_DEFAULT,
    got: `a \${ without its }`,
    next: `Close the brace, or write $\${ for a literal \${.`,
  }),
  'variable-of-editor': ({ kind, envFile }: { kind: string; envFile: string }) => ({
    expected: NAME_OR_DEFAULT,
    got: `\${${kind}:…}, which only editors fill in`,
    next: `mcp-pipe cannot ask as an editor does: write \${NAME}, and NAME=… into ${envFile}.`,
  }),
  'variable-malformed': () => ({
    expected: NAME_OR_DEFAULT,
    got: `\${…} with something else inside`,
    next: `Correct the name, or write $\${ for a literal \${.`,
  }),

  // Endpoints
  'no-endpoint': ({
    servers,
    variable,
    own,
    envFile,
    agents,
  }: {
    servers: readonly string[];
    variable: string;
    own: string | undefined;
    envFile: string;
    agents: readonly string[];
  }) => ({
    expected: `an endpoint for ${servers.join(', ')}`,
    got: 'none',
    next: `Write ${variable}=${EXAMPLE} into ${envFile}${own === undefined ? '' : ` (or ${own}=… for one server)`}, ${agents.length === 0 ? '' : `or name ${servers.length === 1 ? 'it' : 'them'} in the "servers" of an agent (${agents.join(', ')}), `}or try without a token: add --local. For HTTP clients instead of an endpoint: mcp-pipe serve.`,
  }),
  'shared-token': ({ fingerprint, servers }: { fingerprint: string; servers: readonly string[] }) => ({
    expected: 'a token for each server',
    got: `one token (#${fingerprint}) for ${servers.join(', ')}`,
    next: 'All are started, but only as many as "connectionsPerToken" allows are connected at a time, by "priority"; the others wait. To have all of them, write "mode": "auto", which puts these servers on one, or give each its own "endpoint".',
  }),

  // Tools and tokens
  'allowed-twice': ({ key }: { key: string }) => ({
    expected: 'one list of allowed tools',
    got: `a second one in ${quoted(key)}`,
    next: 'It is ignored: write all of them into "tools": { "allow": [ … ] }.',
  }),
  'renamed-alike': ({ name, first, to }: { name: string; first: string; to: string }) => ({
    expected: 'a name of its own for each tool',
    got: `${quoted(to)} for ${quoted(name)}, and for ${quoted(first)} as well`,
    next: 'Write another name for one of them.',
  }),
  'not-kept-by-pipe': ({
    servers,
    keys,
    mode,
  }: {
    servers: readonly string[];
    keys: readonly string[];
    mode: string;
  }) => ({
    expected: 'a mode that reads what it carries',
    got: `"mode": "${mode}" for ${servers.join(', ')}, with ${keys.join(', ')}`,
    next: `${mode === 'pipe' ? 'A pipe carries everything' : 'A server whose turn it is, is carried'} unread, so ${keys.join(', ')} ${keys.length === 1 ? 'has' : 'have'} no effect: write "mode": "auto".`,
  }),
  'accounts-differ': ({
    fingerprint,
    name,
    said,
    counts,
  }: {
    fingerprint: string;
    name: string;
    said: string;
    counts: string;
  }) => ({
    expected: `one "accountGroup" for all servers of token #${fingerprint}`,
    got: `${quoted(said)} for ${name}, ${quoted(counts)} for the token`,
    next: `${quoted(counts)} counts, because a token belongs to one account: write the same for each of them, or once in its entry of "tokens".`,
  }),
  'token-key': () => ({
    expected: 'the variable that an address comes from, or the 8 hex digits of its token',
    got: 'something else',
    next: 'Write for instance MCP_ENDPOINT, never the token itself; mcp-pipe check prints the hex digits behind #.',
  }),
  'unknown-token': ({ key, known }: { key: string; known: readonly string[] }) => ({
    expected: known.length === 0 ? 'the variable of an address that is set' : `one of ${known.join(', ')}`,
    got: key,
    next: 'It is ignored: no address of a server comes from it.',
  }),
} satisfies Record<string, (params: never) => FindingText>;

const count = (n: number, what: string) => (n === 1 ? `one ${what}` : `${n} ${what}s`);

/** Heading above the findings of a configuration that is refused. */
export const headlines = {
  unusable: ({ errors, warnings }: { errors: number; warnings: number }) =>
    `The configuration cannot be used: ${count(errors, 'error')}${warnings === 0 ? '' : ` and ${count(warnings, 'warning')}`}`,
  'not-json': () => 'The configuration is not valid JSON',
  // The finding names the file and what is wrong with it.
  'cannot-read': () => 'The configuration cannot be read',
} satisfies Record<string, (counts: { errors: number; warnings: number }) => string>;

/** `expected a string, got 42. Write …` */
export const formatFinding = ({ expected, got, next }: FindingText) =>
  `expected ${expected}, got ${got}. ${next}`;
