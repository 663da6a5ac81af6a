import type { Logger } from 'pino';
import { type Lang, messagesFor } from '../messages/index.js';
import { findingTexts, formatRefusedEdit, formatReload } from './configuration-report.js';
import type { ConfigListener } from './running-config.js';

/** Logs what happens to the running configuration. */
export function logConfig(
  logger: Pick<Logger, 'info' | 'warn' | 'error'>,
  lang: Lang,
  watching: boolean,
): ConfigListener {
  const words = messagesFor(lang).reload;
  return {
    reloading: (why) => logger.info({ event: 'config-reloading', why }, words.began({ why })),
    reloaded: ({ diff, warnings, behind, variables }) => {
      for (const { code, text } of findingTexts(warnings, lang)) logger.warn({ code }, text);
      logger.info({ event: 'config-reloaded', diff }, formatReload(diff, lang));
      if (behind.length > 0)
        logger.info(
          { event: 'config-behind', servers: behind, variables },
          words.behind({ servers: behind, variables }),
        );
    },
    refused: (error) => {
      const { text, findings } = formatRefusedEdit(error, lang, watching);
      for (const { code, severity, text: finding } of findings)
        logger[severity === 'error' ? 'error' : 'warn']({ event: 'config-finding', code }, finding);
      logger.error({ event: 'config-refused', code: 'CONFIG_REFUSED' }, text);
    },
    paused: (name) => logger.info({ event: 'paused', name }, words.paused({ name })),
    resumed: (name) => logger.info({ event: 'resumed', name }, words.resumed({ name })),
  };
}
