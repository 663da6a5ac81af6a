import type { Logger } from 'pino';
import type { PageAct } from '../daemon/page/page-actions.js';
import { type Lang, messagesFor } from '../messages/index.js';

/** Logs what a person has asked for on the page. */
export function logPageAct({ action, name, key }: PageAct, logger: Pick<Logger, 'info'>, lang: Lang): void {
  logger.info(
    { event: 'ui-action', action, name, from: 'page', key },
    messagesFor(lang).ui.acted({ action, name, key }),
  );
}
