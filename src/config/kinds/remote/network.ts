import { resolve } from 'node:path';
import { HttpProxy } from '../../../protocol/http-proxy.js';
import type { RemoteNetwork } from '../../../transports/remote/remote-server.js';
import { errorAt } from '../../finding.js';
import type { EntryReader } from '../kind.js';
import type { RemoteEntry } from './keys.js';

/** The way to the server at `url`, which is empty when it cannot be used. `isDirect`: the entry wants no proxy. */
export function readNetwork(
  entry: RemoteEntry,
  url: string,
  reader: EntryReader,
): { network: RemoteNetwork; isDirect: boolean } {
  const { proxy: written, ca, cert, key, ipv4Only } = entry;
  const file = (name: 'ca' | 'cert' | 'key') => resolve(reader.folder, reader.text(entry[name]!, name));
  const isDirect = written?.trim().toLowerCase() === 'none';
  const proxy = written === undefined || isDirect ? undefined : readProxy(written, reader);
  if ((cert === undefined) !== (key === undefined)) {
    const [has, lacks] = cert === undefined ? ['key', 'cert'] : ['cert', 'key'];
    reader.report(errorAt(reader.placeOf(has!), 'half-certificate', { has: has!, lacks: lacks! }));
  }
  const hasCertificate = cert !== undefined && key !== undefined;
  const insecureHost = readInsecureHost(entry, url, reader);
  const network = {
    ...(proxy ? { proxy } : {}),
    ...(ca === undefined ? {} : { ca: file('ca') }),
    ...(hasCertificate ? { clientCertificate: { cert: file('cert'), key: file('key') } } : {}),
    ...(String(ipv4Only).toLowerCase() === 'true' ? { isIpv4Only: true } : {}),
    ...(insecureHost === undefined ? {} : { insecureHost }),
  };
  return { network, isDirect };
}

/** The host as the URL has it, with its port; only the host of the URL itself is accepted. */
function readInsecureHost(entry: RemoteEntry, url: string, reader: EntryReader): string | undefined {
  if (entry.insecureHost === undefined) return undefined;
  const named = reader.text(entry.insecureHost, 'insecureHost').trim().toLowerCase();
  if (!reader.isFilled('insecureHost') || url === '') return undefined;
  const { host, hostname } = new URL(url);
  if (named === host || named === hostname) return host;
  reader.report(errorAt(reader.placeOf('insecureHost'), 'insecure-host', { host: hostname }));
  return undefined;
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
