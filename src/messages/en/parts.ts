import type { ActualValue, ActualValueId, FindingText, Shape, ShapeId, SyntaxErrorKind } from '../parts.js';
import { modes } from './link-kinds.js';

export const shapes: Record<ShapeId, (shape: Shape) => string> = {
  text: () => 'a text in double quotes',
  'true-or-false': () => 'true or false',
  'list-of-texts': () => 'a list of texts: ["-y", "package"]',
  'headers-command': () => 'a command as a text, or { "command": …, "args": […] }',
  'object-of-texts': () => 'an object of texts: { "NAME": "value" }',
  handshake: () => '"speculative" or "passthrough"',
  mode: () => oneOf(Object.keys(modes)),
  prefix: () => '"auto", "always" or "never"',
  'tool-names': () => '"plain" or "keep"',
  'on-list-change': () => '"auto", "notify" or "reconnect"',
  separator: () => 'up to 8 letters, digits, _ or -',
  'account-group': () => 'a name of 1 to 60 characters',
  'list-of-servers': () => 'a list of names of servers: ["music", "memory"]',
  'tool-name': () => 'a name of 1 to 64 of the characters A-Z a-z 0-9 _ -',
  'tool-filter': () => 'an object: { "allow": ["get_*"], "deny": ["delete_*"] }',
  turn: () => 'an object: { "dwellMs": "5m", "order": 1 }',
  sandbox: () => '"auto", or an object: { "read": ["~/notes"], "write": ["data"], "network": false }',
  'sandbox-by': () => '"bubblewrap" or "landlock"',
  image: () =>
    'the name of an image, or an object: { "name": "mcp/time", "network": true, "mounts": ["data:/data"] }',
  addresses: () => 'an address in double quotes, or a list of them',
  drift: () => '"tell", "hold" or "ignore"',
  approve: () => '"destructive", or a list of names of tools: ["delete_*"]',
  share: () => '"server", "agent", "key" or "session"',
  start: () => '"run" or "demand"',
  keep: () => 'times as "07:00-23:00", or a list of such texts',
  'caller-env': () => 'an object: { "GITHUB_TOKEN": "header:X-GitHub-Token" }',
  'tools-of-agent': () => 'an object: { "music": { "allow": ["play_*"] } }',
  agent: () => `an object: { "endpoint": "\${TOKEN_1}", "servers": ["music"] }`,
  agents: () => `an object: { "kitchen": { "endpoint": "\${TOKEN_1}" } }`,
  token: () => 'an object: { "mode": "pipe" }',
  tokens: () => 'an object: { "MCP_ENDPOINT": { "mode": "pipe" } }',
  server: () => 'an object: { "command": …, "args": [ … ] }',
  servers: () => 'an object: { "name": { "command": … } }',
  root: () => 'an object: { "mcpServers": { … } }',
  alerts: () => `an object: { "telegram": { "botToken": "\${TELEGRAM_BOT_TOKEN}", "chatId": "123456789" } }`,
  'alert-channel': () =>
    `an object with the keys of this channel: { "url": "\${SLACK_WEBHOOK_URL}" }, for instance`,
  'alert-kinds': () =>
    'a list of "link-down", "server-down", "crash-loop", "server-hung", "server-over-limit", "token-contention", "login-ending", "waits-for-person"',
  gateway: () => `true, or an object: { "port": 8080, "keys": { "me": "\${MCP_PIPE_KEY}" } }`,
  'gateway-keys': () => `an object of keys by name: { "me": "\${MCP_PIPE_KEY}" }`,
  'gateway-key': () =>
    `a key, "\${KEY_AN}", or an object: { "key": "\${KEY_AN}", "servers": ["memory"], "readOnly": true }`,
  'gateway-paths': () => 'an object: { "ws": "/message" }',
  'gateway-tls': () => 'an object: { "cert": "fullchain.pem", "key": "privkey.pem" }',
  'gateway-port': () => 'a port from 0 to 65535; 0 is any free one',
  lifetime: () => 'a time from one minute to a year: "30m", "1h", "30d"',
  'gateway-oauth': () => 'true, or an object: { "accessToken": "1h", "registration": false }',
  grant: () => 'an object: { "servers": ["memory"], "readOnly": true }',
  jwt: () =>
    'an object, or a list of them: { "issuer": "https://login.example.com", "audience": "https://mcp.example.com/mcp" }',
  'jwt-grants': () => 'an object of grants: { "scope:mcp.read": { "readOnly": true } }',
  'listen-address': () => 'an address with a port, "127.0.0.1:7420", or a port',
  ui: () => `true, or an object: { "address": "0.0.0.0:7420", "key": "\${MCP_PIPE_UI_KEY}" }`,
  sentry: () =>
    `a DSN, "\${SENTRY_DSN}", or an object: { "dsn": "\${SENTRY_DSN}", "environment": "vps-1", "sampleRate": 1 }`,
  otlp: () =>
    `an address, "http://127.0.0.1:4318", true, or an object: { "url": "…", "headers": { "Authorization": "Bearer \${OTLP_TOKEN}" } }`,
  audit: () => 'true, or an object: { "file": "audit.jsonl", "keep": 10, "size": "10MB" }',
  redis: () =>
    `an address, "redis://10.0.0.5:6379/0", false, or an object: { "url": "…", "password": "\${REDIS_PASSWORD}" }`,
  metrics: () => 'true, or an object: { "address": "127.0.0.1:9464" }',
  texts: () => 'a text in double quotes, or a list of them',
  size: ({ least, most }) => `a number of bytes from ${least} to ${most}, or a text: "16MB", "300MB"`,
  language: () => '"en" or "vi"',
  settings: () => 'an object: { "maxDelayMs": 600000 }',
  setting: () => 'the name of a setting',
  milliseconds: ({ least, most }) => `a number of milliseconds from ${least} to ${most}`,
  duration: ({ least, most }) =>
    `a number of milliseconds from ${least} to ${most}, or a text: "30s", "5m", "1h"`,
  limits: () => 'an object: { "memory": "300MB", "cpu": 50, "pids": 64 }',
  calls: () => 'an object: { "rate": "100/m", "concurrent": 4, "timeout": "60s", "breaker": true }',
  'calls-of-tools': () => 'an object of limits by tool: { "slow_*": { "timeout": "10m", "rate": "10/m" } }',
  'calls-of-tool': () => 'an object: { "timeout": "10m", "rate": "10/m" }',
  cache: () => 'true, false, or an object: { "ttl": "30s", "tools": ["get_*"] }',
  'cache-store': () => '"memory" or "redis"',
  instances: ({ least, most }) =>
    `a number from ${least} to ${most}, or an object: { "count": 3, "sticky": "agent" }`,
  sticky: () => '"agent" or "session"',
  breaker: () => 'true, false, or an object: { "failures": 5, "pause": "60s" }',
  rate: () => 'true, or calls in a time: "100/m", "10/s", "1000/h", "5/30s"',
  port: () => 'a port from 1 to 65535',
  oauth: () => 'false, or an object: { "clientId": "…", "scopes": ["read"] }',
  'oauth-grant': () => '"authorization_code" or "client_credentials"',
  'oauth-method': () => '"none", "client_secret_basic", "client_secret_post" or "private_key_jwt"',
  scopes: () => 'a list of texts: ["read", "write"]',
  number: ({ least, most }) => `a number from ${least} to ${most}`,
};

export const came: Record<ActualValueId, string> = {
  null: 'null',
  list: 'a list',
  object: 'an object',
  text: 'a text',
  nothing: 'nothing',
  'empty-file': 'an empty file',
  backslash: 'a backslash followed by another character',
  'line-end': 'the end of the line or file',
  'quoted-text': 'a text in double quotes',
  'single-quote': 'a single quote',
  'bare-word': 'a word without quotes',
  'quoted-address': 'a text that begins with a quotation mark',
  'bare-token': 'a token alone',
};

export function formatActual(what: ActualValue): string {
  if (typeof what === 'string') return came[what];
  return 'literal' in what ? what.literal : `a text of ${what.addressLength} characters that is no address`;
}

export const syntax: Record<SyntaxErrorKind, Pick<FindingText, 'expected' | 'next'>> = {
  EmptyFile: {
    expected: 'a JSON object',
    next: 'Write { "mcpServers": { … } }; mcp_config.minimal.json is an example.',
  },
  Other: { expected: 'valid JSON', next: 'Check quotes, commas and brackets around here.' },
  CommaExpected: { expected: 'a comma', next: 'Put a comma between this and what stands before it.' },
  ColonExpected: { expected: 'a colon', next: 'Write "key": value.' },
  PropertyNameExpected: { expected: 'a key in double quotes', next: 'Write keys as "key".' },
  ValueExpected: {
    expected: 'a value',
    next: 'Write a text in double quotes, a number, true, false, [ … ] or { … }.',
  },
  InvalidSymbol: {
    expected: 'a text in double quotes',
    next: 'Put texts in double quotes; the words are true, false and null, in small letters.',
  },
  CloseBraceExpected: { expected: '}', next: 'Close the brace that is still open.' },
  CloseBracketExpected: { expected: ']', next: 'Close the bracket that is still open.' },
  EndOfFileExpected: {
    expected: 'the end of the file',
    next: 'Remove what follows the last brace, or open one brace less.',
  },
  InvalidEscapeCharacter: {
    expected: 'an escape of JSON',
    next: 'Write each \\ of a Windows path twice, or write / instead.',
  },
  InvalidCharacter: {
    expected: 'valid JSON',
    next: 'Put texts in double quotes, and write a line break inside a text as \\n.',
  },
  UnexpectedEndOfString: {
    expected: 'a closing quote',
    next: 'Close the text with a double quote on the same line.',
  },
  UnexpectedEndOfComment: { expected: '*/', next: 'Close the comment.' },
};

/** `"a", "b" or "c"` */
function oneOf(names: readonly string[]): string {
  const quoted = names.map((name) => `"${name}"`);
  return `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}`;
}
