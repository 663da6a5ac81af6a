import type { Logger } from 'pino';
import { excerpt } from '../messages/human.js';
import { type Lang, messagesFor } from '../messages/index.js';
import type { OnCall } from '../protocol/finished-call.js';

/** Names and ids of the endpoint are cut to this many characters. */
const MAX_TEXT = 128;

/**
 * Returns a listener that logs each call as one line at the level `info`. The fields of its JSON line stay the same:
 *
 *     { "event": "call", "link": "mux", "server": "calc", "method": "tools/call", "tool": "add", "id": "7",
 *       "outcome": "ok", "ms": 12.3, "requestBytes": 98, "replyBytes": 60 }
 *
 * `server`, `tool` and `code`, that of an error, are missing where there is none; clients of the gateway have a `requestId`, and
 * the name of their `key`; `fromCache` says that the server was not asked. Arguments and results are never in it.
 */
export function logCalls(log: Pick<Logger, 'info'>, lang: Lang): OnCall {
  const { line } = messagesFor(lang).calls;
  return ({
    link,
    server,
    method,
    tool,
    id,
    outcome,
    code,
    ms,
    requestBytes,
    replyBytes,
    origin,
    caller,
    fromCache,
  }) => {
    const texts = {
      method: cut(method),
      ...(tool === undefined ? {} : { tool: cut(tool) }),
      id: cut(id),
    };
    const facts = { ms: Math.round(ms * 10) / 10, requestBytes, replyBytes };
    log.info(
      {
        ...{ link, server, event: 'call', ...texts, outcome, code, ...facts },
        ...(origin === undefined ? {} : { requestId: origin.requestId }),
        ...(fromCache ? { fromCache } : {}),
        ...(caller?.key === undefined ? {} : { key: caller.key }),
      },
      line({ ...facts, method: texts.method, tool: texts.tool, id: texts.id, outcome, code }),
    );
  };
}

function cut(text: string): string {
  return excerpt(text, MAX_TEXT);
}
