import type { IncomingHttpHeaders } from 'node:http';
import type { Envelope } from '../../protocol/envelope.js';
import type { Frame } from '../../protocol/frame.js';
import { decodeHeader, header, NAMED_BY } from '../../protocol/http-headers.js';
import { OPEN_BRACE } from '../../protocol/json-bytes.js';
import { findMembers, parsed, type Range, valueAt } from '../../protocol/json-parts.js';
import { errorIn } from '../../protocol/jsonrpc.js';
import { CAPABILITIES_KEY, Method, VERSION_KEY } from '../../protocol/mcp.js';
import { FIRST_MODERN_VERSION, isModernVersion, LEGACY_VERSIONS } from '../../protocol/revisions.js';
import { RpcError } from '../../protocol/rpc-errors.js';
import type { Rejection } from '../http/rejection.js';
import type { ParamHeaders } from './param-headers.js';
import type { SupportedVersions } from './supported-versions.js';

const LOG_LEVEL_KEY = 'io.modelcontextprotocol/logLevel';

/**
 * Methods that this revision removed. They are rejected here, because the server may still know them from earlier
 * revisions.
 */
const REMOVED = new Set([
  'initialize',
  'ping',
  'logging/setLevel',
  'resources/subscribe',
  'resources/unsubscribe',
]);

/** The parts of a message of MCP 2026-07-28 that HTTP depends on; nothing else of it is parsed, because it may be large. */
export interface ModernMessage {
  /** The params as they are asked for: undefined for a member that is missing or no JSON. */
  param: (name: string) => unknown;
  meta: Meta | undefined;
  wantsLog: boolean;
}

interface Meta {
  version: unknown;
  hasCapabilities: boolean;
}

/**
 * Reads a message of MCP 2026-07-28; undefined when it belongs to an earlier revision. The version in the body's `_meta`
 * decides. Without one the header decides, and the method, if it exists only in this revision.
 */
export function asModern(
  frame: Frame,
  envelope: Envelope,
  headers: IncomingHttpHeaders,
): ModernMessage | undefined {
  if (envelope.kind !== 'request' && envelope.kind !== 'notification') return undefined;
  const named = header(headers, 'mcp-protocol-version');
  const isNamed = named !== undefined && isModernVersion(named);
  const isOwn = envelope.method === Method.discover || envelope.method === Method.listen;
  if (!isNamed && !isOwn && !frame.includes(VERSION_KEY)) return undefined;
  const params = valueAt(frame, ['params']);
  const metaAt = params && objectIn(frame, params, '_meta');
  const [version, capabilities, logLevel] = metaAt
    ? findMembers(frame, metaAt.start, [VERSION_KEY, CAPABILITIES_KEY, LOG_LEVEL_KEY])
    : [];
  const claimed = version && jsonIn(frame, version);
  if (!isNamed && !isOwn && (claimed === undefined || LEGACY_VERSIONS.has(String(claimed)))) return undefined;
  return {
    param: (name) => {
      const [range] = params ? findMembers(frame, params.start, [name]) : [];
      return range && jsonIn(frame, range);
    },
    meta: metaAt && {
      version: claimed,
      hasCapabilities: capabilities !== undefined && frame[capabilities.start] === OPEN_BRACE,
    },
    wantsLog: logLevel !== undefined,
  };
}

/** The first fault of a request, in the order of MCP 2026-07-28 "Streamable HTTP"; undefined when there is none. */
export function checkModern(
  { param, meta }: ModernMessage,
  method: string,
  headers: IncomingHttpHeaders,
  versions: SupportedVersions,
  paramHeaders: ParamHeaders,
): Rejection | undefined {
  const missing = meta
    ? [
        ...(typeof meta.version === 'string' ? [] : [VERSION_KEY]),
        ...(meta.hasCapabilities ? [] : [CAPABILITIES_KEY]),
      ]
    : ['_meta'];
  if (!meta || missing.length > 0) {
    const message = `params lack ${missing.join(' and ')}, which every request of ${FIRST_MODERN_VERSION} carries`;
    return { status: 400, code: RpcError.invalidParams, message, data: { missing } };
  }
  const version = String(meta.version);
  const fault = headerFault(param, version, method, headers);
  if (fault !== undefined) return mismatch(fault);
  const refused = versions.refuse(version);
  if (refused) return refused;
  if (REMOVED.has(method)) {
    const message = `${method} does not exist in MCP ${FIRST_MODERN_VERSION}`;
    return { status: 404, code: RpcError.methodNotFound, message };
  }
  if (method !== 'tools/call') return undefined;
  const paramFault = paramHeaders.fault(String(param('name')), () => param('arguments'), headers);
  return paramFault === undefined ? undefined : mismatch(paramFault);
}

/** The first header that differs from the body which it has to repeat. */
function headerFault(
  param: ModernMessage['param'],
  version: string,
  method: string,
  headers: IncomingHttpHeaders,
): string | undefined {
  const namedVersion = header(headers, 'mcp-protocol-version');
  if (namedVersion === undefined) return 'there is no MCP-Protocol-Version';
  if (namedVersion !== version) return `MCP-Protocol-Version and ${VERSION_KEY} in the body differ`;
  const namedMethod = header(headers, 'mcp-method');
  if (namedMethod === undefined) return 'there is no Mcp-Method';
  if (namedMethod !== method) return 'Mcp-Method and the method in the body differ';
  const member = NAMED_BY.get(method);
  if (member === undefined) return undefined;
  const named = header(headers, 'mcp-name');
  const value = param(member);
  if (named === undefined) return typeof value === 'string' ? 'there is no Mcp-Name' : undefined;
  const decoded = decodeHeader(named);
  if (decoded === undefined) return 'the Base64 in Mcp-Name is malformed';
  return typeof value === 'string' && decoded !== value
    ? `Mcp-Name and params.${member} in the body differ`
    : undefined;
}

function mismatch(fault: string): Rejection {
  return { status: 400, code: RpcError.headerMismatch, message: `header mismatch: ${fault}` };
}

/** The HTTP status of a reply (MCP 2026-07-28 "Streamable HTTP"); any other error of a server is an answer, 200. */
export function modernStatusOf(frame: Frame): number {
  const { code } = errorIn(frame);
  if (code === RpcError.methodNotFound) return 404;
  const isOfTransport =
    code === RpcError.headerMismatch ||
    code === RpcError.missingCapability ||
    code === RpcError.unsupportedVersion;
  return isOfTransport ? 400 : 200;
}

/** The object that this member of the object at `within` is. */
function objectIn(frame: Frame, within: Range, name: string): Range | undefined {
  const [range] = findMembers(frame, within.start, [name]);
  return range && frame[range.start] === OPEN_BRACE ? range : undefined;
}

function jsonIn(frame: Frame, range: Range): unknown {
  try {
    return parsed(frame, range);
  } catch {
    // The envelope of a message may be valid although its inner parts are no JSON.
    return undefined;
  }
}
