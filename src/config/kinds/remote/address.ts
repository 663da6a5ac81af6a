import type { Finding } from '../../../protocol/errors.js';
import { isPrivateHost } from '../../../protocol/host.js';
import { shownUrl } from '../../../transports/remote/remote-server.js';
import type { RemoteKind } from '../../../transports/remote/remote-transport.js';
import { cleanAddress } from '../../address.js';
import { errorAt, warningAt } from '../../finding.js';
import { ADDRESS_KEYS } from '../../foreign-keys.js';
import { isRecord } from '../../foreign-root.js';
import type { Place } from '../../place.js';
import type { EntryReader } from '../kind.js';
import type { RemoteEntry } from './keys.js';

/** The address of an entry: the first of its spellings that says something. */
export function writtenAddress(
  entry: Partial<Record<(typeof ADDRESS_KEYS)[number], unknown>>,
): { key: (typeof ADDRESS_KEYS)[number]; url: string } | undefined {
  const given = ADDRESS_KEYS.flatMap((key) => {
    const url = entry[key];
    return typeof url === 'string' ? [{ key, url }] : [];
  });
  return given.find(({ url }) => url.trim() !== '') ?? given[0];
}

/** Whether an address is one that WebSocket speaks. */
export function isWebSocket(url: string): boolean {
  return /^\s*wss?:/i.test(url);
}

/** The address of the server without login and fragment, and the login as a header; an empty one cannot be used. */
export function readAddress(
  kind: RemoteKind,
  entry: RemoteEntry,
  reader: EntryReader,
): { url: string; login: string | undefined } {
  const none = { url: '', login: undefined };
  const written = writtenAddress(entry);
  const place = reader.placeOf(written?.key ?? 'url');
  if (written === undefined || written.url.trim() === '') {
    const { raw } = reader;
    const isShapeWrong = !isRecord(raw) || ADDRESS_KEYS.some((key) => raw[key] !== undefined);
    if (written !== undefined || !isShapeWrong)
      reader.report(errorAt(place, 'no-url', { kind, isEmpty: written !== undefined }));
    return none;
  }
  const { address } = cleanAddress(reader.text(written.url, written.key));
  if (!reader.isFilled(written.key)) return none;
  const refused = refusal(kind, address, place);
  if (refused !== undefined) {
    reader.report(refused);
    return none;
  }
  const url = new URL(address);
  const { username, password } = url;
  url.hash = '';
  if (username === '' && password === '') return { url: url.href, login: undefined };
  reader.report(warningAt(place, 'url-login', { shown: shownUrl(address) }));
  url.username = '';
  url.password = '';
  const login = `${decoded(username)}:${decoded(password)}`;
  return { url: url.href, login: `Basic ${Buffer.from(login).toString('base64')}` };
}

/** The error for an address that a server of this kind cannot have. Its advice leads to one that it can have. */
function refusal(kind: RemoteKind, address: string, place: Place): Finding | undefined {
  if (/^[\w.-]+:\d+([/?]|$)/.test(address) || !URL.canParse(address)) {
    const [, host] = /^(?:\/\/)?((?:[\w.-]+|\[[\da-f:.]+\])(?::\d+)?)(?:[/?]|$)/i.exec(address) ?? [];
    const scheme = host && `${kind === 'ws' ? 'ws' : 'http'}${isNear(host) ? '' : 's'}`;
    const full = `${scheme}://${address.replace(/^\/\//, '')}`;
    const isHost = host !== undefined && /[.:]|^localhost$/i.test(host) && URL.canParse(full);
    return errorAt(place, 'url-no-address', { kind, instead: isHost ? shownUrl(full) : undefined });
  }
  const { protocol, host } = new URL(address);
  const scheme = protocol.slice(0, -1);
  const isHttp = scheme === 'http' || scheme === 'https';
  const isWs = scheme === 'ws' || scheme === 'wss';
  if (host === '' || !(isHttp || isWs)) return errorAt(place, 'url-scheme', { kind, scheme });
  if (isHttp === (kind === 'ws')) return errorAt(place, 'url-of-other-kind', { kind, scheme });
  return undefined;
}

function isNear(host: string): boolean {
  const full = `http://${host}`;
  return URL.canParse(full) && isPrivateHost(new URL(full).hostname);
}

/** A `%` that begins no escape stands for itself. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
