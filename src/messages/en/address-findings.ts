import type { ActualValue, FindingText } from '../parts.js';
import { formatActual } from './parts.js';

const EXAMPLE = 'wss://api.xiaozhi.me/mcp/?token=…';
const COPY_AGAIN = 'Copy the whole address again.';
const FOR_SERVERS = 'the address for MCP servers';

/** Findings about the address of an endpoint. */
export const addressFindings = {
  'endpoint-no-address': ({ came }: { came: ActualValue }) => ({
    expected: `an address like ${EXAMPLE}`,
    got: formatActual(came),
    next:
      came === 'quoted-address'
        ? 'Take the quotation mark away.'
        : came === 'bare-token'
          ? `Copy the whole address again: what stands in front of the token is missing, at xiaozhi.me wss://api.xiaozhi.me/mcp/?token=`
          : COPY_AGAIN,
  }),
  'endpoint-no-scheme': ({ host, scheme }: { host: string; scheme: string }) => ({
    expected: 'an address that starts with wss:// or ws://',
    got: host,
    next: `Write ${scheme}:// in front of it.`,
  }),
  'endpoint-quoted': () => ({
    expected: 'an address without quotation marks around it',
    got: 'some, which were taken away',
    next: 'Write it without them; other variables that were set the same way keep theirs, and reach the servers so.',
  }),
  'endpoint-several': ({ count }: { count: number }) => ({
    expected: 'one address',
    got: `${count} of them`,
    next: `A text here is one address. Write several as a list of the entry, "endpoint": ["\${TOKEN_1}", "\${TOKEN_2}"], with each address in a variable of its own; or write an agent for each into "agents".`,
  }),
  'endpoint-http': ({
    shown,
    from,
    to,
    path,
  }: {
    shown: string;
    from: string;
    to: string;
    path: string | undefined;
  }) => ({
    expected: 'an address that starts with wss:// or ws://',
    got: shown,
    next: `Write ${to}// instead of ${from}//${path === undefined ? '' : `, and ${path} as the path`}.`,
  }),
  'endpoint-status-page': ({ shown, instead }: { shown: string; instead: string }) => ({
    expected: FOR_SERVERS,
    got: `${shown}, the page that shows how the endpoint is`,
    next: `Copy the address of the agent from the console: ${instead} The key of this page is no token.`,
  }),
  'endpoint-for-devices': ({ shown }: { shown: string }) => ({
    expected: FOR_SERVERS,
    got: `${shown}, which is for devices`,
    next: 'Copy the MCP address of the agent from the console: it ends in /mcp_endpoint/mcp/?token=… where the endpoint is self-hosted, and in /mcp/?token=… at xiaozhi.me.',
  }),
  'endpoint-web-page': ({ shown }: { shown: string }) => ({
    expected: FOR_SERVERS,
    got: `${shown}, a web page`,
    next: `Copy the MCP address of the agent from that page: ${EXAMPLE}`,
  }),
  'endpoint-other-scheme': () => ({
    expected: 'an address that starts with wss:// or ws://',
    got: 'an address of another kind',
    next: COPY_AGAIN,
  }),
  'endpoint-for-callers': ({ shown }: { shown: string }) => ({
    expected: FOR_SERVERS,
    got: shown,
    next: 'This one is for callers: write /mcp_endpoint/mcp/ instead of /mcp_endpoint/call/.',
  }),
  'endpoint-no-slash': ({ shown }: { shown: string }) => ({
    expected: 'a path that ends with a slash',
    got: shown,
    next: 'Write /mcp_endpoint/mcp/ with the slash: without it the self-hosted endpoint answers HTTP 403.',
  }),
  'endpoint-maybe-for-callers': ({ shown }: { shown: string }) => ({
    expected: FOR_SERVERS,
    got: shown,
    next: 'This one is for callers, and a server there is never asked anything: write /mcp/ instead of /call/.',
  }),
  'endpoint-placeholder': ({ isMissing }: { isMissing: boolean }) => ({
    expected: 'a real token',
    got: isMissing ? 'none' : 'a placeholder',
    next: 'Copy your own address from the console of the endpoint; it will refuse this one.',
  }),
  'endpoint-tls-port': ({ port }: { port: string }) => ({
    expected: 'wss:// where TLS is spoken',
    got: `ws:// to port ${port}`,
    next: 'Write wss:// instead of ws://.',
  }),
  'token-plus': () => ({
    expected: 'a token without +, which an address reads as a space',
    got: 'a +',
    next: 'Write %2B for each + in the token.',
  }),
  'token-encoded-twice': ({ once }: { once: string }) => ({
    expected: `${once}, encoded once`,
    got: once.replace('%', '%25'),
    next: `Write ${once} instead: each %25 in the token as %.`,
  }),
} satisfies Record<string, (params: never) => FindingText>;
