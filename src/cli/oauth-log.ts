import type { Logger } from 'pino';
import type { RunAudit } from '../daemon/audit/run-audit.js';
import type { OAuthEvent } from '../daemon/oauth/oauth-event.js';
import { type Lang, messagesFor } from '../messages/index.js';

/** Writes what happens at the gateway's authorization server into the log, and who was let in into the audit log as well. */
export function logOAuth(
  event: OAuthEvent,
  { logger, lang, audit }: { logger: Logger; lang: Lang; audit: RunAudit | undefined },
): void {
  const words = messagesFor(lang).oauthLog;
  switch (event.type) {
    case 'unkept':
      return logger.warn({ code: 'OAUTH_UNKEPT', file: event.file }, words.unkept(event));
    case 'fault':
      return logger.warn({ code: 'OAUTH_FAULT' }, words.fault(event));
    case 'registered': {
      const { client, address } = event;
      const hosts = event.hosts.join(', ');
      return logger.info(
        { event: 'oauth-registered', client, hosts, address },
        words.registered({ client, hosts, address }),
      );
    }
    case 'let-in': {
      const { client, key, host, address } = event;
      audit?.write({
        at: Date.now(),
        kind: 'login',
        key,
        address,
        link: client,
        method: host,
        outcome: 'ok',
      });
      return logger.info(
        { event: 'oauth-let-in', client, key, host, address },
        words.letIn({ client, key, host, address }),
      );
    }
    case 'wrong-key': {
      const { client, host, address } = event;
      audit?.write({
        at: Date.now(),
        kind: 'refused',
        address,
        link: client,
        method: host,
        outcome: 'wrong-key',
      });
      return logger.warn(
        { event: 'oauth-wrong-key', client, host, address },
        words.wrongKey({ client, host, address }),
      );
    }
  }
}
