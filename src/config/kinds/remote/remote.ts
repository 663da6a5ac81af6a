import { resolve } from 'node:path';
import { HttpProxy } from '../../../protocol/http-proxy.js';
import { systemClock } from '../../../time/clock.js';
import type { HttpRequests } from '../../../transports/remote/http-requests.js';
import { type RemoteNetwork, shownUrl } from '../../../transports/remote/remote-server.js';
import type { RemoteKind } from '../../../transports/remote/remote-transport.js';
import { errorAt } from '../../finding.js';
import { shownAs } from '../../shown-as.js';
import type { EntryReader, ServerKindDefinition } from '../kind.js';
import { isWebSocket, readAddress, writtenAddress } from './address.js';
import type { ReachedRemote, RemotePlan } from './facts.js';
import { type RemoteEntry, remoteKeys } from './keys.js';

/** Servers that are reached over the network: one life is one session, or one WebSocket. */
function remoteKind<Kind extends RemoteKind>(
  kind: Kind,
  names: readonly [Kind, ...string[]],
  isMeant: (url: string) => boolean,
) {
  return {
    names,
    key: 'url',
    opened: ['remote', 'remote.headers', 'remote.network'],
    openedWith: ['maxFrameBytes', 'maxQueuedBytes', 'closeTimeoutMs', 'httpCalls', 'httpSilenceMs'],
    keys: remoteKeys,
    isMeant(entry) {
      const { url } = writtenAddress(entry) ?? {};
      return url !== undefined && isMeant(url);
    },
    read(entry, reader): ReachedRemote<Kind> {
      const { url, login } = reader.isUnusable
        ? { url: '', login: undefined }
        : readAddress(kind, entry, reader);
      const written = Object.entries(entry.headers ?? {}).map(
        ([name, value]) => [name, reader.text(value, 'headers', name)] as const,
      );
      const isNamed = written.some(([name]) => name.toLowerCase() === 'authorization');
      const headers = {
        ...(login === undefined || isNamed ? {} : { Authorization: login }),
        ...Object.fromEntries(written),
      };
      const { network, isDirect } = readNetwork(entry, reader);
      return { kind, remote: { url, headers, network }, isDirect };
    },
    dials: ({ remote, isDirect }) =>
      isDirect || remote.network.proxy || remote.url === '' ? undefined : remote.url,
    plan({ remote }, _env, proxy): RemotePlan<Kind> {
      const network = proxy ? { ...remote.network, proxy } : remote.network;
      return { kind, remote: { ...remote, network } };
    },
    hideSecrets({ remote }) {
      shownAs(remote, () => ({
        ...remote,
        url: shownUrl(remote.url),
        headers: Object.keys(remote.headers).sort(),
      }));
    },
    summary: ({ remote: { url } }) => ({ url: shownUrl(url) }),
    shown: ({ remote: { url } }) => (url === '' ? [] : [shownUrl(url)]),
    inJson: ([url = null]) => ({ url }),
    async check() {
      return [];
    },
    source({ name, remote }, settings) {
      // The code is loaded, and connections are kept, from the first life on.
      let requests: Promise<HttpRequests> | undefined;
      const opened = async () => {
        const { httpRequests } = await import('../../../transports/remote/http-requests.js');
        return httpRequests(remote);
      };
      return {
        ...{ kind, name, shown: shownUrl(remote.url), address: shownUrl(remote.url) },
        async open({ signal }) {
          const { openRemote } = await import('../../../transports/remote/open-remote.js');
          requests ??= opened();
          return openRemote({
            ...{ kind, server: remote, requests: await requests },
            ...{ settings, clock: systemClock, signal },
          });
        },
      };
    },
  } satisfies ServerKindDefinition<RemoteEntry, ReachedRemote<Kind>, RemotePlan<Kind>>;
}

/** Streamable HTTP, or else HTTP+SSE: which one is found by trying (MCP "Transports", backwards compatibility). */
export const http = remoteKind('http', ['http', 'streamablehttp', 'remote'], (url) => !isWebSocket(url));
/** HTTP+SSE of 2024-11-05. */
export const sse = remoteKind('sse', ['sse'], () => false);
/** JSON-RPC over WebSocket, one message a frame. */
export const ws = remoteKind('ws', ['ws', 'websocket'], isWebSocket);

function readNetwork(entry: RemoteEntry, reader: EntryReader): { network: RemoteNetwork; isDirect: boolean } {
  const { proxy: written, ca, cert, key, ipv4Only, insecureHost } = entry;
  const file = (name: 'ca' | 'cert' | 'key') =>
    entry[name] === undefined ? undefined : resolve(reader.folder, reader.text(entry[name], name));
  const isDirect = written?.trim().toLowerCase() === 'none';
  const proxy = written === undefined || isDirect ? undefined : readProxy(written, reader);
  const clientCertificate =
    cert === undefined || key === undefined ? undefined : { cert: file('cert')!, key: file('key')! };
  if ((cert === undefined) !== (key === undefined)) {
    const [has, lacks] = cert === undefined ? (['key', 'cert'] as const) : (['cert', 'key'] as const);
    reader.report(errorAt(reader.placeOf(has), 'half-certificate', { has, lacks }));
  }
  const network = {
    ...(proxy ? { proxy } : {}),
    ...(ca === undefined ? {} : { ca: file('ca') }),
    ...(clientCertificate ? { clientCertificate } : {}),
    ...(String(ipv4Only).toLowerCase() === 'true' ? { isIpv4Only: true } : {}),
    ...(insecureHost === undefined ? {} : { insecureHost: reader.text(insecureHost, 'insecureHost') }),
  };
  return { network, isDirect };
}

function readProxy(written: string, reader: EntryReader): HttpProxy | undefined {
  const address = reader.text(written, 'proxy').trim();
  if (!reader.isFilled('proxy')) return undefined;
  try {
    return new HttpProxy(address);
  } catch {
    const [scheme] = /^[a-z][a-z\d+.-]*(?=:\/\/)/i.exec(address) ?? [];
    reader.report(errorAt(reader.placeOf('proxy'), 'server-proxy', { scheme: scheme?.toLowerCase() }));
    return undefined;
  }
}
