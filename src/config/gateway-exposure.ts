import { dirname, resolve } from 'node:path';
import { errorAt } from './finding.js';
import { GATEWAY } from './gateway-defaults.js';
import type { ExposurePlan } from './gateway-plan.js';
import { readNetwork } from './networks.js';
import type { SectionReader } from './section-reader.js';

/** What a section says of it. */
interface Written {
  insecureNoAuth?: boolean | string | undefined;
  trustProxy?: string | readonly string[] | undefined;
  tls?: { cert?: string | undefined; key?: string | undefined } | undefined;
  maxConnections?: number | undefined;
  maxConnectionsPerAddress?: number | undefined;
  maxSessionsPerKey?: number | undefined;
}

/** For a section that says nothing of it. */
export const UNEXPOSED: ExposurePlan = {
  insecureNoAuth: false,
  trustProxy: [],
  tls: undefined,
  maxConnections: GATEWAY.maxConnections,
  maxConnectionsPerAddress: undefined,
  maxSessionsPerKey: undefined,
};

/** Reads what a gateway needs that others reach. Paths of files begin at the folder of the configuration. */
export function readExposure(reader: SectionReader, written: Written): ExposurePlan {
  const { maxConnections, maxConnectionsPerAddress, maxSessionsPerKey } = written;
  return {
    insecureNoAuth: String(written.insecureNoAuth ?? false).toLowerCase() === 'true',
    trustProxy: readNetworks(reader, written.trustProxy),
    tls: readTls(reader, written.tls),
    maxConnections: maxConnections ?? UNEXPOSED.maxConnections,
    ...{ maxConnectionsPerAddress, maxSessionsPerKey },
  };
}

function readNetworks(reader: SectionReader, given: Written['trustProxy']): string[] {
  const all = typeof given === 'string' ? [given] : (given ?? []);
  return all.flatMap((one, i) => {
    const path = typeof given === 'string' ? ['trustProxy'] : ['trustProxy', i];
    const text = reader.text(path, one);
    if (text === undefined) return [];
    if (readNetwork(text)) return [text];
    reader.add(errorAt(reader.place(path), 'gateway-network'));
    return [];
  });
}

function readTls(reader: SectionReader, given: Written['tls']): ExposurePlan['tls'] {
  if (given === undefined) return undefined;
  const [cert, key] = (['cert', 'key'] as const).map((part) => reader.text(['tls', part], given[part]));
  if (cert && key) {
    const folder = dirname(reader.place([]).file);
    return { cert: resolve(folder, cert), key: resolve(folder, key) };
  }
  // A text that cannot be read is reported already.
  if (given.cert === undefined || given.key === undefined || cert === '' || key === '')
    reader.add(errorAt(reader.place(['tls']), 'gateway-tls'));
  return undefined;
}
