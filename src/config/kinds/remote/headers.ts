import { validateHeaderName, validateHeaderValue } from 'node:http';
import { resolve } from 'node:path';
import type { HeadersCommand } from '../../../transports/remote/remote-server.js';
import { errorAt, warningAt } from '../../finding.js';
import type { EntryReader } from '../kind.js';
import type { RemoteEntry } from './keys.js';

/** Headers that belong to the protocol, or to each single request: what an entry says of them is not sent. */
const OURS: ReadonlySet<string> = new Set([
  ...['accept', 'content-type', 'content-length', 'transfer-encoding', 'connection', 'upgrade'],
  ...['mcp-session-id', 'mcp-protocol-version', 'mcp-method', 'mcp-name', 'last-event-id'],
]);

/** The headers of an entry. One that cannot be sent is reported and left out. */
export function readHeaders({ headers = {} }: RemoteEntry, reader: EntryReader): Record<string, string> {
  const read: [string, string][] = [];
  for (const [name, written] of Object.entries(headers)) {
    const value = reader.text(written, 'headers', name).trim();
    const place = reader.placeOf('headers', name);
    const isFilled = reader.isFilled('headers', name);
    const wrong = isFilled ? wrongPart(name, value) : undefined;
    if (wrong !== undefined) reader.report(errorAt(place, 'bad-header', { part: wrong }));
    else if (OURS.has(name.toLowerCase())) reader.report(warningAt(place, 'header-of-protocol', { name }));
    else read.push([name, value]);
  }
  return Object.fromEntries(read);
}

function wrongPart(name: string, value: string): 'name' | 'value' | undefined {
  try {
    validateHeaderName(name);
  } catch {
    return 'name';
  }
  try {
    validateHeaderValue(name, value);
  } catch {
    return 'value';
  }
  return undefined;
}

/** The command that prints headers, without its environment; undefined: there is none, or none that can be used. */
export function readHeadersCommand(
  { headersCommand, headersHelper }: RemoteEntry,
  reader: EntryReader,
): Omit<HeadersCommand, 'env'> | undefined {
  const key = headersCommand === undefined ? 'headersHelper' : 'headersCommand';
  const written = headersCommand ?? headersHelper;
  if (written === undefined) return undefined;
  const inside = typeof written === 'string' ? [] : ['command'];
  const place = reader.placeOf(key, ...inside);
  const line = reader.text(typeof written === 'string' ? written : written.command, key, ...inside).trim();
  if (!reader.isFilled(key, ...inside)) return undefined;
  if (line === '') {
    reader.report(errorAt(place, 'no-headers-command'));
    return undefined;
  }
  const { folder } = reader;
  if (typeof written === 'string') {
    const [command = '', ...args] = words(line);
    return { command: program(command, folder), args, cwd: folder };
  }
  const { args = [], cwd } = written;
  const there = cwd === undefined ? folder : resolve(folder, reader.text(cwd, key, 'cwd'));
  const given = args.map((arg, i) => reader.text(arg, key, 'args', i));
  return { command: program(line, there), args: given, cwd: there };
}

/** A path that begins with ./ or ../ is relative to the command's folder on every system. */
function program(command: string, folder: string): string {
  return /^\.{1,2}[\\/]/.test(command) ? resolve(folder, command) : command;
}

/** The words of a command line; quotation marks keep spaces, and nothing else has a meaning. */
function words(line: string): string[] {
  return [...line.matchAll(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g)].map(([word]) =>
    word.replace(/"([^"]*)"|'([^']*)'/g, (_, double?: string, single?: string) => double ?? single ?? ''),
  );
}
