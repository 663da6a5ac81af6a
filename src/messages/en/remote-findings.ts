import type { FindingText } from '../parts.js';

const quoted = (text: string) => JSON.stringify(text);
const schemes = (kind: string) => (kind === 'ws' ? 'wss:// or ws://' : 'https:// or http://');
const reference = (name: string) => `\${${name}}`;

/** The keys of an entry; values of headers may be secret. */
export function entryText(type: string | undefined, url: string, headers: readonly string[]): string {
  const parts = [
    ...(type === undefined ? [] : [`"type": ${quoted(type)}`]),
    `"url": ${quoted(url)}`,
    ...(headers.length === 0
      ? []
      : [`"headers": { ${headers.map((name) => `${quoted(name)}: "…"`).join(', ')} }`]),
  ];
  return parts.join(', ');
}

/** Findings about entries of remote servers. */
export const remoteFindings = {
  'type-contradicted': ({ written, key }: { written: string; key: string }) => ({
    expected: `a "type" that fits the ${quoted(key)} of the entry`,
    got: quoted(written),
    next: `Leave out "type": ${quoted(key)} says how the server is reached.`,
  }),
  'keys-of-other-kind': ({ keys, kind }: { keys: readonly string[]; kind: string }) => ({
    expected: `keys of a server of the kind ${quoted(kind)}`,
    got: `${keys.map(quoted).join(', ')}, which mean${keys.length === 1 ? 's' : ''} nothing here`,
    next:
      kind === 'stdio'
        ? 'Remove them; a server that is reached at an address has "url" and no "command".'
        : 'Remove them; a server that is started here has "command" and no "url".',
  }),
  'no-url': ({ kind, isEmpty }: { kind: string; isEmpty: boolean }) => ({
    expected: 'the address of the server',
    got: isEmpty ? 'an empty text' : 'nothing',
    next: `Write it as "url": "${kind === 'ws' ? 'wss' : 'https'}://…". A server that is a command has "command" instead, and no "type".`,
  }),
  'url-no-address': ({ kind, instead }: { kind: string; instead: string | undefined }) => ({
    expected: `an address that begins with ${schemes(kind)}`,
    got: instead === undefined ? 'a text that is no address' : 'a text without that',
    next:
      instead === undefined
        ? 'Copy the address from the page of the server.'
        : `Write it in full, probably ${instead}`,
  }),
  'url-scheme': ({ kind, scheme }: { kind: string; scheme: string }) => ({
    expected: schemes(kind),
    got: `an address that begins with ${quoted(scheme)}`,
    next: 'Use an address of the server that begins so, or start it as a command with "command".',
  }),
  'url-of-other-kind': ({ kind, scheme }: { kind: string; scheme: string }) => ({
    expected: `${schemes(kind)} for "type": ${quoted(kind)}`,
    got: `${scheme}://`,
    next: 'Leave out "type": the address says how the server is spoken to.',
  }),
  'url-login': ({ shown }: { shown: string }) => ({
    expected: `an address without a login: ${shown}`,
    got: 'one with name or password',
    next: `It is sent as "Authorization". Keep it out of the file: put "Basic …" into .env, and write "headers": { "Authorization": "${reference('NAME')}" }.`,
  }),
  'url-unencrypted': ({ host }: { host: string }) => ({
    expected: `https:// or wss:// to ${host}: a token is sent there`,
    got: 'an address without encryption',
    next: 'Everyone on the way can read the token: use the encrypted address, or reach the server over a VPN.',
  }),
  'bad-header': ({ part }: { part: 'name' | 'value' }) => ({
    expected: part === 'name' ? 'the name of an HTTP header' : 'a value that HTTP can carry',
    got: part === 'name' ? 'a name with other characters' : 'one with a line break or other characters',
    next:
      part === 'name'
        ? 'Write letters, digits and - alone, for instance "Authorization".'
        : 'Write it on one line; copy a token again, without what stands around it.',
  }),
  'header-of-protocol': ({ name }: { name: string }) => ({
    expected: 'a header that the server asks for',
    got: `${quoted(name)}, which mcp-pipe itself sets for each request`,
    next: 'Remove it: it is not sent.',
  }),
  'authorization-scheme': () => ({
    expected: 'a word before the token, as most servers want it: "Bearer …"',
    got: 'a token alone',
    next: 'If the server answers 401, write "Bearer " before the token.',
  }),
  'secret-in-entry': ({ key, before, variable }: { key: string; before: string; variable: string }) => ({
    expected: 'a secret in .env, and its name in this file',
    got: `the secret itself in ${quoted(key)}`,
    next: `Put ${variable}=… into .env, and write "${before}${reference(variable)}" here.`,
  }),
  'no-headers-command': () => ({
    expected: 'a command that prints headers',
    got: 'an empty text',
    next: 'Write the program, for instance "headersCommand": { "command": "./header.sh" }, or leave it out.',
  }),
  'env-of-remote': ({ names }: { names: readonly string[] }) => ({
    expected: 'no variables: a remote server is no process of this machine',
    got: names.join(', '),
    next: `Remove them, or use them: "headers": { "Authorization": "Bearer ${reference(names[0] ?? 'NAME')}" }.`,
  }),
  'insecure-host': ({ host }: { host: string }) => ({
    expected: `the host of the address: ${quoted(host)}`,
    got: 'another text',
    next: `Write "insecureHost": ${quoted(host)} if its certificate shall not be checked; better, name its authority as "ca".`,
  }),
  'half-certificate': ({ has, lacks }: { has: string; lacks: string }) => ({
    expected: '"cert" and "key" together',
    got: `only ${quoted(has)}`,
    next: `Write ${quoted(lacks)} as well, or leave both out.`,
  }),
  'certificate-missing': ({ file }: { file: string }) => ({
    expected: 'a file in PEM',
    got: `${file}, which does not exist`,
    next: 'Correct the path; it is relative to the folder of the configuration.',
  }),
  bridge: ({
    bridge,
    type,
    url,
    headers,
  }: {
    bridge: string;
    type: string | undefined;
    url: string;
    headers: readonly string[];
  }) => ({
    expected: 'a remote server without a process in between',
    got: `${bridge}, which only carries messages to ${url}`,
    next: `Write ${entryText(type, url, headers)} in place of "command" and "args"; then a lost connection is found and mended sooner.${headers.length === 0 ? ' If the server wants a login: mcp-pipe login NAME.' : ''}`,
  }),
  'server-proxy': ({ scheme }: { scheme: string | undefined }) => ({
    expected: 'the address of an HTTP proxy',
    got: scheme === undefined ? 'a text that is no address' : `an address that begins with ${quoted(scheme)}`,
    next: 'Write "proxy": "http://host:port", or "none" to go without one.',
  }),
  'login-due': ({ name, isEnding }: { name: string; isEnding: boolean }) => ({
    expected: 'a login that lasts, or is renewed by itself',
    got: isEnding
      ? 'one that ends soon, and is not renewed'
      : 'one that the server does not accept any more, or not for every call',
    next: `Log in again: mcp-pipe login ${name}`,
  }),
  'oauth-no-client': ({ lacks }: { lacks: string }) => ({
    expected: `${quoted(lacks)} beside "grant": "client_credentials"`,
    got: 'none',
    next:
      lacks === 'clientId'
        ? 'Write the id of the client that the authorization server has for mcp-pipe.'
        : 'Write "clientSecret" as a variable of .env, or "privateKeyFile".',
  }),
  'oauth-metadata-url': () => ({
    expected: 'an https address with a path',
    got: 'another address',
    next: 'Publish the metadata of the client at such an address, or leave it out: then a client is registered.',
  }),
} satisfies Record<string, (params: never) => FindingText>;

/** The stable code of each of them. */
export const REMOTE_FINDING_CODES = {
  'type-contradicted': 'CONFIG_CONTRADICTION',
  'keys-of-other-kind': 'CONFIG_KEY_UNUSED',
  'no-url': 'CONFIG_TYPE',
  'url-no-address': 'CONFIG_URL',
  'url-scheme': 'CONFIG_UNSUPPORTED_TRANSPORT',
  'url-of-other-kind': 'CONFIG_CONTRADICTION',
  'url-login': 'CONFIG_URL',
  'url-unencrypted': 'CONFIG_URL_UNENCRYPTED',
  'bad-header': 'CONFIG_HEADER',
  'header-of-protocol': 'CONFIG_HEADER',
  'authorization-scheme': 'CONFIG_HEADER',
  'secret-in-entry': 'CONFIG_SECRET_IN_FILE',
  'no-headers-command': 'CONFIG_TYPE',
  'env-of-remote': 'CONFIG_KEY_UNUSED',
  'insecure-host': 'CONFIG_CERTIFICATE',
  'half-certificate': 'CONFIG_CERTIFICATE',
  'certificate-missing': 'CONFIG_CERTIFICATE',
  bridge: 'CONFIG_BRIDGE',
  'server-proxy': 'CONFIG_SERVER_PROXY',
  'login-due': 'CONFIG_LOGIN',
  'oauth-no-client': 'CONFIG_OAUTH',
  'oauth-metadata-url': 'CONFIG_OAUTH',
} as const satisfies Record<keyof typeof remoteFindings, string>;
