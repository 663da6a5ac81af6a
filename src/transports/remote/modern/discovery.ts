import { type Message, type RawId, readEnvelope } from '../../../protocol/envelope.js';
import type { Frame } from '../../../protocol/frame.js';
import { OPEN_BRACE } from '../../../protocol/json-bytes.js';
import { parsed, type Range, textIn, valueAt } from '../../../protocol/json-parts.js';
import { CAPABILITIES_KEY, CLIENT_INFO_KEY, Method, VERSION_KEY } from '../../../protocol/mcp.js';
import { FIRST_MODERN_VERSION, LAST_LEGACY_VERSION, LEGACY_VERSIONS } from '../../../protocol/revisions.js';
import { RpcError } from '../../../protocol/rpc-errors.js';
import { Inflow } from '../inflow.js';
import { RemoteError } from '../remote-error.js';
import type { RemoteOptions } from '../remote-transport.js';
import { ModernWire } from './wire.js';

/** What a server of MCP 2026-07-28 says of itself: its reply to `server/discover`. */
export interface Discovery {
  reply: Frame;
  /** The object `capabilities` in the reply. */
  capabilities: Range;
}

/** Members of `_meta` of every request, as JSON text: of a client that has not said what it is. */
export const ANONYMOUS = `"${VERSION_KEY}":"${FIRST_MODERN_VERSION}","${CAPABILITIES_KEY}":{}`;
const SERVER_INFO_KEY = 'io.modelcontextprotocol/serverInfo';

/** The members of `_meta` for the client that sent this `initialize`. */
export function metaOf({ frame, envelope }: Message): string {
  const objectAt = (name: string) => {
    const range =
      envelope.paramsStart < 0
        ? undefined
        : valueAt(frame, [name], { start: envelope.paramsStart, end: frame.length });
    return range && frame[range.start] === OPEN_BRACE
      ? frame.toString('utf8', range.start, range.end)
      : undefined;
  };
  const info = objectAt('clientInfo');
  return [
    `"${VERSION_KEY}":"${FIRST_MODERN_VERSION}"`,
    ...(info === undefined ? [] : [`"${CLIENT_INFO_KEY}":${info}`]),
    `"${CAPABILITIES_KEY}":${objectAt('capabilities') ?? '{}'}`,
  ].join(',');
}

/** Asks a server what it speaks. `meta`: members of `_meta`. */
export function discoverRequest(meta: string, id: RawId): Message {
  const params = `{"_meta":{${meta}}}`;
  const frame = Buffer.from(`{"jsonrpc":"2.0","id":${id},"method":"${Method.discover}","params":${params}}`);
  return { frame, envelope: readEnvelope(frame) };
}

/** Reads a reply to `server/discover`; undefined when the server does not speak MCP 2026-07-28. */
export function discoverOf(reply: Frame): Discovery | undefined {
  const versions = valueAt(reply, ['result', 'supportedVersions']);
  const capabilities = valueAt(reply, ['result', 'capabilities']);
  if (!versions || !capabilities || reply[capabilities.start] !== OPEN_BRACE) return undefined;
  const list = parsed(reply, versions);
  // Some servers of earlier revisions answer as well, and name only those.
  return Array.isArray(list) && list.includes(FIRST_MODERN_VERSION) ? { reply, capabilities } : undefined;
}

/**
 * Whether the answer to a request of an earlier revision, `initialize` for instance, says that the server speaks MCP
 * 2026-07-28 and not what was asked for; whatever was asked, it is worth asking once more in that revision. Servers that say nothing of the kind may speak it as well: `probeModern` finds out.
 */
export function namesModern(answer: Frame): boolean {
  const code = valueAt(answer, ['error', 'code']);
  const supported = valueAt(answer, ['error', 'data', 'supported']);
  if (!code || !supported || parsed(answer, code) !== RpcError.unsupportedVersion) return false;
  const list = parsed(answer, supported);
  return Array.isArray(list) && list.includes(FIRST_MODERN_VERSION);
}

/**
 * Asks a server whether it speaks MCP 2026-07-28. What it answers decides, whatever the status is.
 *
 * @returns undefined when it does not.
 * @throws RemoteError when it cannot be reached.
 */
export async function probeModern(options: RemoteOptions): Promise<Discovery | undefined> {
  const { requests, clock, settings, signal } = options;
  const { maxFrameBytes, maxQueuedBytes } = settings;
  const wire = new ModernWire({
    ...{ requests, clock, maxFrameBytes, inflow: new Inflow({ maxQueuedBytes, maxFrameBytes }, clock) },
  });
  let reply: Frame | undefined;
  const ask = () =>
    wire.request(discoverRequest(ANONYMOUS, '"mcp-pipe-discover"'), {
      onMessage: ({ frame, envelope }) => {
        if (envelope.kind === 'response') reply = frame;
      },
      onOversize: () => {},
      signal,
    });
  let outcome = await ask();
  if (reply && namesModern(reply)) outcome = await ask();
  if (typeof outcome === 'object' && outcome.isFatal) {
    throw new RemoteError('the server could not be asked what it speaks', outcome.end);
  }
  return reply && discoverOf(reply);
}

/**
 * The answer to `initialize` of a client of an earlier revision. The parts of the discovery stand in it as they are.
 *
 * @param requested the revision that the client asked for
 * @param host what the server is called if it does not say
 */
export function initializeReply(
  id: RawId,
  { reply, capabilities }: Discovery,
  requested: string | undefined,
  host: string,
): Frame {
  const version = requested !== undefined && LEGACY_VERSIONS.has(requested) ? requested : LAST_LEGACY_VERSION;
  const info = valueAt(reply, ['result', '_meta', SERVER_INFO_KEY]);
  const instructions = valueAt(reply, ['result', 'instructions']);
  const bytesAt = ({ start, end }: Range) => reply.subarray(start, end);
  return Buffer.concat([
    Buffer.from(`{"jsonrpc":"2.0","id":${id},"result":{"protocolVersion":"${version}","capabilities":`),
    bytesAt(capabilities),
    Buffer.from(',"serverInfo":'),
    info ? bytesAt(info) : Buffer.from(JSON.stringify({ name: host, version: '' })),
    ...(instructions && textIn(reply, instructions) !== undefined
      ? [Buffer.from(',"instructions":'), bytesAt(instructions)]
      : []),
    Buffer.from('}}'),
  ]);
}
