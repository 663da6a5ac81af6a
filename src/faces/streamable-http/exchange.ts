import type { IncomingMessage, ServerResponse } from 'node:http';
import { LEGACY_VERSIONS } from '../../protocol/revisions.js';
import type { Caller } from '../accept.js';
import type { Accepted } from '../http/headers.js';
import { type Rejection, refusal } from '../http/rejection.js';
import { ResponseStream } from '../http/response-stream.js';
import type { StreamableHttpOptions } from './options.js';

/** One HTTP request and its response. */
export interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  caller: Caller;
  accepted: Accepted;
}

/** What all parts of a `StreamableHttp` know. */
export type Setting = Required<StreamableHttpOptions>;

/** The response as a stream. `onGone` is called once, if the client closes its connection before the response has ended. */
export function connectionOf(
  { response }: Exchange,
  setting: Setting,
  onGone: () => void,
  headers: Readonly<Record<string, string>> = {},
): ResponseStream {
  return new ResponseStream(response, setting, headers, onGone);
}

/** Why a request of a revision before 2026-07-28 is rejected, by its `MCP-Protocol-Version`; `agreed` is that of its session. */
export function versionFault(named: string | undefined, agreed?: string): Rejection | undefined {
  if (named === undefined || named === agreed || LEGACY_VERSIONS.has(named)) return undefined;
  const known = [...LEGACY_VERSIONS].join(', ');
  return refusal(400, `this MCP-Protocol-Version is not one of ${known}`);
}

export const always200 = () => 200;
