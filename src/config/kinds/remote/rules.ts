import type { Finding } from '../../../protocol/errors.js';
import { isPrivateHost } from '../../../protocol/host.js';
import { errorAt, warningAt } from '../../finding.js';
import { isPlaceholder, isSecretName, isSecretValue } from '../../secret-shape.js';
import type { RemoteFacts, RuledRemote } from './facts.js';
import { secretsOfRemote } from './secrets.js';

/** In the order in which a reader would fix things. */
export const rules: readonly ((facts: RemoteFacts) => readonly Finding[])[] = [
  missingFiles,
  placeholderHeaders,
  bareTokens,
  unencrypted,
  writtenSecrets,
];

/** Errors for files of certificates that do not exist. */
function missingFiles({ servers, host }: RemoteFacts): Finding[] {
  return servers.flatMap((server) => {
    const { ca, clientCertificate } = server.remote.network;
    const files = { ca, cert: clientCertificate?.cert, key: clientCertificate?.key };
    return Object.entries(files).flatMap(([key, file]) => {
      if (file === undefined || !server.isFilled(key) || host.kindOf(file) === 'file') return [];
      return [errorAt(server.placeOf(key), 'certificate-missing', { file })];
    });
  });
}

/** Headers of the entry whose variables are all set. */
function headersOf({ remote, isFilled }: RuledRemote): [name: string, value: string][] {
  return Object.entries(remote.headers).filter(([name]) => isFilled('headers', name));
}

/** What follows `Bearer` and alike; nothing, when it stands alone. */
function credentialsOf(value: string): string {
  if (/^(bearer|basic|token|digest)$/i.test(value)) return '';
  return /^[a-z]+\s+(\S.*)$/i.exec(value)?.[1] ?? value;
}

/** Warnings for headers that still have the placeholders of documentation, or nothing behind `Bearer`. */
function placeholderHeaders({ servers }: RemoteFacts): Finding[] {
  return servers.flatMap((server) =>
    headersOf(server).flatMap(([name, value]) => {
      const given = credentialsOf(value);
      if (!isSecretName(name) || !isPlaceholder(given)) return [];
      const params = { name, isEmpty: given === '' };
      return [warningAt(server.placeOf('headers', name), 'secret-placeholder', params)];
    }),
  );
}

/** Warnings for an `Authorization` that is a token without the word before it (RFC 9110 §11.4). */
function bareTokens({ servers }: RemoteFacts): Finding[] {
  return servers.flatMap((server) =>
    headersOf(server).flatMap(([name, value]) => {
      const isBare = /^authorization$/i.test(name) && /^\S{16,}$/.test(value) && !isPlaceholder(value);
      return isBare ? [warningAt(server.placeOf('headers', name), 'authorization-scheme')] : [];
    }),
  );
}

/** Warnings for secrets that would be sent unencrypted over the internet. */
function unencrypted({ servers }: RemoteFacts): Finding[] {
  return servers.flatMap((server) => {
    const { remote, addressKey, placeOf } = server;
    if (remote.url === '') return [];
    const { protocol, hostname, host } = new URL(remote.url);
    const isOpen = protocol === 'http:' || protocol === 'ws:';
    if (!isOpen || isPrivateHost(hostname)) return [];
    const hasSecret = secretsOfRemote(server).length > 0 || remote.headersCommand !== undefined;
    return hasSecret ? [warningAt(placeOf(addressKey), 'url-unencrypted', { host })] : [];
  });
}

/** Warnings for secrets that stand in the file itself instead of `.env`. */
function writtenSecrets({ servers, config, host }: RemoteFacts): Finding[] {
  const text = config.file === undefined ? undefined : host.textOf(config.file);
  if (text === undefined) return [];
  const isWritten = (value: string) =>
    value.length >= SHORTEST && text.includes(JSON.stringify(value).slice(1, -1));
  return servers.flatMap((server) => {
    const { addressKey, placeOf, remote, name: of } = server;
    const prefix = of.toUpperCase().replace(/[^A-Z0-9]+/g, '_');
    const inHeaders = headersOf(server).flatMap(([name, value]) => {
      if (!isSecretName(name) && !isSecretValue(value)) return [];
      const credentials = credentialsOf(value);
      if (isPlaceholder(credentials) || !isWritten(credentials)) return [];
      const before = value.slice(0, value.length - credentials.length);
      const variable = `${prefix}_${before === '' ? name.toUpperCase().replace(/[^A-Z0-9]+/g, '_') : 'TOKEN'}`;
      return [warningAt(placeOf('headers', name), 'secret-in-entry', { key: name, before, variable })];
    });
    const query = remote.url === '' ? [] : [...new URL(remote.url).searchParams];
    const inQuery = query.flatMap(([name, value]) => {
      if (!isSecretName(name) || isPlaceholder(value) || !isWritten(value)) return [];
      const variable = `${prefix}_${name.toUpperCase().replace(/[^A-Z0-9]+/g, '_')}`;
      return [
        warningAt(placeOf(addressKey), 'secret-in-entry', { key: addressKey, before: `…${name}=`, variable }),
      ];
    });
    return [...inHeaders, ...inQuery];
  });
}

/** In characters. A shorter value is found in a file by chance. */
const SHORTEST = 6;
