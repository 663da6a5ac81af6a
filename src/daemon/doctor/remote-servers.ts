import type { Settings } from '../../config/defaults.js';
import type { ServerPlan } from '../../config/plan.js';
import type { Lang } from '../../messages/index.js';
import { remoteWords } from '../../messages/server-down-words.js';
import { isInsecure } from '../../transports/remote/connect.js';
import { type RemoteServer, shownUrl } from '../../transports/remote/remote-server.js';
import { secureContextOf } from '../../transports/remote/secure-context.js';
import { atMost } from './at-most.js';
import { type Item, item } from './item.js';
import { judgeReach } from './judge-reach.js';
import { type ReachFacts, type ReachTarget, reach } from './reach.js';

/** A remote server of the plan. */
interface Reached {
  name: string;
  remote: RemoteServer;
}

/** The remote servers of a plan, the first of each host: the way to its others is the same. */
export function remoteServersOf(servers: readonly ServerPlan[]): Reached[] {
  const hosts = new Map<string, Reached>();
  for (const server of servers) {
    if (!('remote' in server) || !URL.canParse(server.remote.url)) continue;
    const { name, remote } = server;
    const { protocol, host } = new URL(remote.url);
    const key = `${protocol}//${host} ${remote.network.proxy ?? ''}`;
    if (!hosts.has(key)) hosts.set(key, { name, remote });
  }
  return [...hosts.values()];
}

/** Reaches the host of a server step by step, up to an HTTP answer. Sends no header of its entry, and nothing to its path. */
export async function reachServer(
  { remote }: Reached,
  { dialTimeoutMs }: Pick<Settings, 'dialTimeoutMs'>,
  signal: AbortSignal,
): Promise<ReachFacts> {
  const { protocol, hostname, port } = new URL(remote.url);
  const isSecure = protocol === 'https:' || protocol === 'wss:';
  // Its files are read again by the server itself, which says what is wrong with them.
  const secureContext = isSecure ? await secureContextOf(remote.network).catch(() => undefined) : undefined;
  const target: ReachTarget = {
    hostname: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: Number(port) || (isSecure ? 443 : 80),
    ...{ isSecure, path: '/', proxy: remote.network.proxy },
    ...(secureContext ? { secureContext } : {}),
  };
  return atMost(dialTimeoutMs, signal, (within) => reach(target, within));
}

/** The lines about the way to a server. Pure. */
export function judgeServerReach(
  facts: ReachFacts,
  { name, remote }: Reached,
  { lang, now, inContainer }: { lang: Lang; now: number; inContainer: boolean },
): Item[] {
  const { host } = new URL(remote.url);
  const { failed, target } = facts;
  const { hostname, port } = target;
  const refused = isInsecure(remote.network, { host: hostname, port })
    ? undefined
    : facts.tls?.certificate.refused;
  // A port that takes WebSockets alone may close the connection.
  const isClosed = failed?.step === 'http' && !failed.timedOut;
  const reason = refused ?? (failed && !isClosed ? reasonOf(failed) : undefined);
  if (reason !== undefined) {
    const place = { name, address: shownUrl(remote.url) };
    const words = remoteWords({ end: { kind: 'unreachable', reason }, remote: place, livedMs: 0 }, lang);
    return [item('error', 'network', host, 'server-failed', { name, what: words!.what, next: words!.next })];
  }
  const lines = judgeReach(facts, { host, speaksTls: false, inContainer, now });
  // Of an insecure host, the certificate is not checked.
  return facts.tls?.certificate.refused === undefined ? lines : lines.slice(0, 1);
}

function reasonOf({ failure, timedOut, step }: NonNullable<ReachFacts['failed']>): string {
  if (timedOut) return 'ETIMEDOUT';
  return step === 'proxy' ? `PROXY ${failure.reason}` : failure.reason;
}
