import type { RunAudit } from '../daemon/audit/run-audit.js';
import type { RunHttpOptions } from '../daemon/http/run-http.js';
import type { KeysEvent } from '../daemon/keys/stored-keys.js';
import type { RunningConfig } from '../daemon/running-config.js';
import { formatError } from '../messages/format-error.js';
import { type Lang, messagesFor } from '../messages/index.js';
import type { RunningLog } from './logging.js';
import { noSessionLog } from './no-session-log.js';

export interface HearsOptions {
  logger: RunningLog['logger'];
  lang: Lang;
  /** Undefined: there is no audit log. */
  audit: () => RunAudit | undefined;
  /** Once there is one. */
  config: () => Pick<RunningConfig, 'plan' | 'reload'>;
}

/** What the log says of events of what is served over HTTP. */
export function httpHears({
  logger,
  lang,
  audit,
  config,
}: HearsOptions): Required<Pick<RunHttpOptions, 'onUnkept' | 'onBadTls' | 'onKeys' | 'onNoSession'>> {
  const { ui } = messagesFor(lang);
  return {
    onUnkept: (file, message) =>
      logger.warn({ code: 'UI_KEY_UNKEPT', file }, ui.keyUnkept({ file, message })),
    onBadTls: (error) => {
      const { what, next } = formatError(error, lang);
      logger.warn({ code: error.code }, `${what}. ${ui.tlsKept} ${next}`);
    },
    onNoSession: noSessionLog(logger, lang),
    onKeys: (event) => {
      logKeys(event, logger, lang);
      auditKeys(event, audit());
      if (event.type === 'keys-changed' && makesSeveral(event, config().plan)) {
        // The listener has heard why it is refused.
        void config()
          .reload('file-changed')
          .catch(() => {});
      }
    },
  };
}

function logKeys(event: KeysEvent, logger: HearsOptions['logger'], lang: Lang): void {
  const words = messagesFor(lang).keys;
  const { file } = event;
  if (event.type === 'keys-unusable') {
    const trouble = { file, ...event.problem };
    logger.warn(
      { code: 'KEYS_UNUSABLE', file, why: trouble.why },
      words.unusable({ ...trouble, left: event.left }),
    );
  } else if (event.type === 'keys-gone') {
    logger.warn({ code: 'KEYS_GONE', file }, words.gone({ file }));
  } else {
    const { added, removed, changed, left } = event;
    logger.info({ event: 'keys-changed', added, removed, changed, keys: left }, words.changed(event));
  }
}

function auditKeys(event: KeysEvent, audit: RunAudit | undefined): void {
  if (event.type !== 'keys-changed') return;
  for (const outcome of ['added', 'removed', 'changed'] as const)
    for (const key of event[outcome]) audit?.write({ at: Date.now(), kind: 'key', key, outcome });
}

/** Whether there was one key at most, and are several now: then servers have a process for each, unless they say otherwise. */
function makesSeveral(
  { added, removed, left }: Extract<KeysEvent, { type: 'keys-changed' }>,
  { gateway }: RunningConfig['plan'],
): boolean {
  const configured = Object.keys(gateway?.keys ?? {}).length;
  const before = configured + left - added.length + removed.length;
  return before <= 1 && configured + left > 1;
}
