import { systemClock } from '../../../time/clock.js';
import type { HttpRequests } from '../../../transports/remote/http-requests.js';
import { lazyLogin } from '../../../transports/remote/lazy-login.js';
import { type RemoteServer, shownUrl } from '../../../transports/remote/remote-server.js';
import type { RemoteKind } from '../../../transports/remote/remote-transport.js';
import { shownAs } from '../../shown-as.js';
import { keptVariables } from '../inherited-variables.js';
import type { ServerKindDefinition } from '../kind.js';
import { isWebSocket, readAddress, writtenAddress } from './address.js';
import { unusedVariables } from './entry-env.js';
import type { ReachedRemote, RemotePlan } from './facts.js';
import { readHeaders, readHeadersCommand } from './headers.js';
import { type RemoteEntry, remoteKeys } from './keys.js';
import { readNetwork } from './network.js';
import { readOAuth } from './read-oauth.js';
import { secretsOfRemote } from './secrets.js';

/** Servers that are reached over the network: one life is one session, or one WebSocket. */
function remoteKind<Kind extends RemoteKind>(
  kind: Kind,
  names: readonly [Kind, ...string[]],
  isMeant: (url: string) => boolean,
) {
  return {
    names,
    key: 'url',
    opened: [
      'remote',
      'remote.headers',
      'remote.network',
      'remote.headersCommand',
      'remote.headersCommand.env',
      'remote.oauth',
    ],
    openedWith: [
      ...['maxFrameBytes', 'maxQueuedBytes', 'dialTimeoutMs', 'closeTimeoutMs'],
      ...['keepaliveIntervalMs', 'keepaliveTimeoutMs'],
      ...['httpCalls', 'httpSilenceMs', 'keptConnections', 'keptConnectionMs', 'headersCommandTimeoutMs'],
    ] as const,
    keys: remoteKeys,
    isMeant(entry) {
      const { url = '' } = writtenAddress(entry) ?? {};
      return url.trim() !== '' && isMeant(url);
    },
    read(entry, reader): ReachedRemote<Kind> {
      const { url, login } = readAddress(kind, entry, reader);
      const written = readHeaders(entry, reader);
      const isNamed = Object.keys(written).some((name) => name.toLowerCase() === 'authorization');
      const headers = login === undefined || isNamed ? written : { Authorization: login, ...written };
      const headersCommand = readHeadersCommand(entry, reader);
      const { network, isDirect } = readNetwork(entry, url, reader);
      reader.report(...unusedVariables(entry, reader));
      const addressKey = writtenAddress(entry)?.key ?? 'url';
      const oauth = readOAuth(entry.oauth, reader);
      const more = {
        ...(headersCommand ? { headersCommand } : {}),
        ...(oauth === undefined ? {} : { oauth }),
      };
      const remote = { url, headers, ...more, network };
      return { kind, remote, addressKey, isDirect };
    },
    secrets: secretsOfRemote,
    dials: ({ remote, isDirect }) =>
      isDirect || remote.network.proxy || remote.url === '' ? undefined : remote.url,
    plan({ remote }, env, proxy): RemotePlan<Kind> {
      const { headersCommand, ...rest } = remote;
      const { NODE_EXTRA_CA_CERTS: extraCa } = env;
      const network = {
        ...remote.network,
        ...(proxy ? { proxy } : {}),
        // Node.js forgets it where other authorities are named.
        ...(remote.network.ca === undefined || extraCa === undefined ? {} : { extraCa }),
      };
      const command = headersCommand ? { headersCommand: { ...headersCommand, env } } : {};
      return { kind, remote: { ...rest, ...command, network } };
    },
    hideSecrets({ remote }, redactor) {
      const { url, headers, headersCommand, network, oauth } = remote;
      const printed = headersCommand && {
        ...headersCommand,
        args: headersCommand.args.map((arg) => redactor.redact(arg)),
        env: Object.keys(headersCommand.env).sort(),
      };
      if (headersCommand) shownAs(headersCommand, () => printed);
      shownAs(remote, () => ({
        url: shownUrl(url),
        headers: Object.keys(headers).sort(),
        ...(printed ? { headersCommand: printed } : {}),
        network,
        ...(oauth ? { oauth: Object.keys(oauth).sort() } : {}),
      }));
    },
    summary: ({ remote: { url } }) => ({ url: shownUrl(url) }),
    shown: ({ remote: { url } }) => (url === '' ? [] : [shownUrl(url)]),
    inJson: ([url = null]) => ({ url }),
    async check(facts) {
      // Loaded only for a check.
      const { rules } = await import('./rules.js');
      return rules.flatMap((rule) => rule(facts));
    },
    keepsInherited(next, { remote: { headersCommand: running } }, inherited) {
      const { headersCommand } = next.remote;
      if (!headersCommand || !running) return { opened: next, variables: [] };
      const { env, variables } = keptVariables(headersCommand.env, running.env, inherited);
      return {
        opened: { ...next, remote: { ...next.remote, headersCommand: { ...headersCommand, env } } },
        variables,
      };
    },
    source({ name, remote }, settings, host) {
      // The code is loaded, and connections are kept, from the first life on.
      let requests: Promise<HttpRequests> | undefined;
      const opened = async () => {
        const { httpRequests } = await import('../../../transports/remote/http-requests.js');
        const way = { settings, ...(host ? { onSecrets: onceEach(host.onSecrets) } : {}) };
        const open = (server: RemoteServer) => httpRequests(server, undefined, way);
        return httpRequests(remote, lazyLogin(remote, open, host), way);
      };
      return {
        ...{ kind, name, shown: shownUrl(remote.url), address: shownUrl(remote.url) },
        async open({ signal, onStatus }) {
          const { openRemote } = await import('../../../transports/remote/open-remote.js');
          requests ??= opened();
          return openRemote({
            ...{ kind, server: remote, requests: await requests },
            ...{ settings, clock: systemClock, signal },
            onStatus,
          });
        },
      };
    },
  } satisfies ServerKindDefinition<RemoteEntry, ReachedRemote<Kind>, RemotePlan<Kind>>;
}

/** Streamable HTTP, or else HTTP+SSE: which one is found by trying (MCP "Transports", backwards compatibility). */
export const http = remoteKind('http', ['http', 'streamablehttp', 'remote'], (url) => !isWebSocket(url));
/** HTTP+SSE of 2024-11-05. */
export const sse = remoteKind('sse', ['sse'], (url) => !isWebSocket(url));
/** JSON-RPC over WebSocket, one message a frame. */
export const ws = remoteKind('ws', ['ws', 'websocket'], isWebSocket);

/** Passes on each secret once: they come with each request, and whoever hides them sorts them all. */
function onceEach(pass: (secrets: readonly string[]) => void): (secrets: readonly string[]) => void {
  let last: ReadonlySet<string> = new Set();
  return (secrets) => {
    if (secrets.every((secret) => last.has(secret))) return;
    last = new Set(secrets);
    pass(secrets);
  };
}
