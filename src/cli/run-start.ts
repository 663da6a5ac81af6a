import type { Logger } from 'pino';
import type { Plan } from '../config/plan.js';
import type { texts } from '../messages/commands/run.js';
import { formatFinding } from '../messages/format-finding.js';
import { type Lang, messagesFor } from '../messages/index.js';

/** What the log says of a plan that is about to start. */
export function logStart(
  { warnings, proxies = [], links, servers }: Plan,
  logger: Pick<Logger, 'info' | 'warn'>,
  words: (typeof texts)[Lang],
  lang: Lang,
): void {
  for (const warning of warnings) logger.warn({ code: warning.code }, formatFinding(warning, lang));
  for (const { proxy, variable, hosts } of proxies)
    logger.info({ proxy, variable, hosts }, messagesFor(lang).throughProxy({ proxy, variable, hosts }));
  const shown = links.length > 0 ? links.map(formatLink) : servers.map(({ name }) => name);
  logger.info({ links: links.map(({ name }) => name) }, words.starting({ links: shown.join(', ') }));
}

/** `calculator`; `mux (memory, files)` when several servers share a connection. */
export function formatLink(link: { name: string; servers: readonly string[] }): string {
  const { name, servers } = link;
  return servers[0] === name ? name : `${name} (${servers.join(', ')})`;
}
