import { isIP } from 'node:net';
import type { ListenAddress } from './ui-plan.js';

/** `7420`, `127.0.0.1:7420`, `[::1]:7420`, `0.0.0.0`; undefined for what is no address: a name alone may be a server. */
export function readListenAddress(text: string, otherwise: ListenAddress): ListenAddress | undefined {
  const word = text.trim();
  if (/^\d+$/.test(word)) return withPort(otherwise.host, word);
  if (isIP(word) !== 0) return { host: word, port: otherwise.port };
  const [, name, port] = /^(\[[0-9a-fA-F:.]+\]|[^:[\]/\\\s]*):(\d+)$/.exec(word) ?? [];
  if (name === undefined || port === undefined) return undefined;
  const host = name === '' ? otherwise.host : listeningHost(name);
  return host === undefined ? undefined : withPort(host, port);
}

function withPort(host: string, text: string): ListenAddress | undefined {
  const port = Number(text);
  return /^\d{1,5}$/.test(text) && port <= 65_535 ? { host, port } : undefined;
}

/** An address or name to listen on, in one spelling; undefined when it is neither. */
export function listeningHost(text: string): string | undefined {
  const bare = text.trim().replace(/^\[(.*)\]$/, '$1');
  return isIP(bare) !== 0 || NAME.test(bare) ? bare.toLowerCase() : undefined;
}

const NAME = /^(?!.*\.\.)[A-Za-z0-9_]([A-Za-z0-9_.-]{0,251}[A-Za-z0-9_])?\.?$/;
