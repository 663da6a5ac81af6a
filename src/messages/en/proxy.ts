import type { CauseFacts, CauseWords, ProxyCase } from '../parts.js';

/** Proxy variables that cannot be used. */
export const proxyFindings = {
  'proxy-socks': ({ variable, scheme }: { variable: string; scheme: string }) => ({
    expected: 'the address of an HTTP proxy: http://HOST:PORT',
    got: `a ${scheme}:// address, which mcp-pipe does not support`,
    next: `Connections are made directly. Most SOCKS programs listen for HTTP as well: set HTTPS_PROXY=http://HOST:PORT with that port. To connect directly without this warning, unset ${variable} or add --no-proxy.`,
  }),
  'proxy-no-address': ({ variable }: { variable: string }) => ({
    expected: 'the address of an HTTP proxy: http://HOST:PORT',
    got: 'a value that is no such address',
    next: `Connections are made directly. Correct ${variable}; to connect directly without this warning, unset it or add --no-proxy.`,
  }),
};

/** Logged once at the start. */
export const throughProxy = ({
  proxy,
  variable,
  hosts,
}: {
  proxy: string;
  variable: string;
  hosts: readonly string[];
}) =>
  `Connections to ${hosts.join(', ')} go through the proxy ${proxy} (${variable}). NO_PROXY or --no-proxy connects directly.`;

const OWN_NETWORK =
  'If the endpoint is on this machine or in your own network, name its host in NO_PROXY (NO_PROXY=127.0.0.1,localhost,192.168.0.0/16), or add --no-proxy.';
const CORRECT = 'Correct HTTPS_PROXY (HTTP_PROXY, ALL_PROXY), or add --no-proxy to connect directly.';

export const proxyCauses: Record<ProxyCase, CauseWords> = {
  'proxy-auth': {
    what: ({ proxy, close }: CauseFacts) => `the proxy ${proxy} wants a name and a password ${close}`,
    next: `Write them into its address: HTTPS_PROXY=http://NAME:PASSWORD@HOST:PORT, special characters as %XX. ${OWN_NETWORK}`,
  },
  'proxy-auth: wrong': {
    what: ({ proxy, close }) =>
      `the proxy ${proxy} does not accept the name and password that were sent ${close}`,
    next: 'Correct them in HTTPS_PROXY (HTTP_PROXY, ALL_PROXY); write special characters of the password as %XX, for instance @ as %40.',
  },
  'proxy-auth: scheme': {
    what: ({ proxy, close }) =>
      `the proxy ${proxy} wants a way to log in that mcp-pipe does not have: it can only send a name and a password (Basic) ${close}`,
    next: `Run a local proxy that logs in for you, for instance cntlm or px, and name that one in HTTPS_PROXY. ${OWN_NETWORK}`,
  },
  'proxy-refused': {
    what: ({ proxy, close }) => `the proxy ${proxy} does not allow connections to the endpoint ${close}`,
    next: `Ask the operator of the proxy to allow CONNECT to host and port of the endpoint. ${OWN_NETWORK}`,
  },
  'proxy-cannot-reach': {
    what: ({ proxy, close }) => `the proxy ${proxy} cannot reach the endpoint ${close}`,
    next: `Check host and port of the endpoint address. ${OWN_NETWORK}`,
  },
  'proxy-unreachable': {
    what: ({ proxy, close }) => `the proxy ${proxy} cannot be reached, or does not answer ${close}`,
    next: `Start the proxy. ${CORRECT}`,
  },
  'proxy-unreachable: tls': {
    what: ({ proxy, close }) => `no secure connection to the proxy ${proxy} could be made ${close}`,
    next: `Most proxies are spoken to without TLS: write http:// instead of https:// in front of its address. For a certificate of your own, name it in NODE_EXTRA_CA_CERTS=/path/to/certificate.pem.`,
  },
  'proxy-invalid': {
    what: ({ proxy, close }) => `what listens at ${proxy} does not answer as an HTTP proxy does ${close}`,
    next: `Check its port: it may be the one for SOCKS. ${CORRECT}`,
  },
};
