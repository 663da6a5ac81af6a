import type { Logger } from 'pino';
import { isInContainer } from '../config/in-container.js';
import { isOfThisMachine } from '../config/ui-section.js';
import type { PageLink } from '../daemon/http/http-plans.js';
import type { RunHttp } from '../daemon/http/run-http.js';
import { networkAddresses } from '../daemon/network-addresses.js';
import type { PageAct } from '../daemon/page/page-actions.js';
import { pageSecretFile } from '../daemon/page/page-secret.js';
import { type Lang, messagesFor } from '../messages/index.js';
import { isInBackground } from './background.js';
import type { RunningLog } from './logging.js';

/** How the page is opened, and by whom else. */
export interface PageWays {
  /** On this machine; holds the key, if there is one that may be printed. */
  link: string;
  /** From other machines of the networks that this one is in. */
  others: readonly string[];
}

/** The addresses to open; `key` is put behind `#`, which browsers do not send. */
export function pageWays(
  { origin, host }: Pick<PageLink, 'origin' | 'host'>,
  key: string | undefined,
): PageWays {
  const { port } = new URL(origin);
  const at = (name: string) =>
    `http://${name.includes(':') ? `[${name}]` : name}:${port}/${key === undefined ? '' : `#key=${encodeURIComponent(key)}`}`;
  const isEvery = host === '0.0.0.0' || host === '::';
  const others =
    isEvery && !isInContainer(process.env) ? (networkAddresses() ?? '').split(' ').filter(Boolean) : [];
  return { link: at(isEvery ? 'localhost' : host), others: others.map(at) };
}

/** The lines that tell a person how to open the page. */
export function pageLines(page: PageLink, key: string | undefined, folder: string, lang: Lang): string[] {
  const words = messagesFor(lang).ui;
  const { link, others } = pageWays(page, key);
  const isLocal = isOfThisMachine(page.host);
  return [
    words.open({ link }),
    ...(others.length > 0 ? [`  ${words.elsewhere({ links: others })}`] : []),
    ...(isLocal ? [`  ${words.tunnel({ port: Number(new URL(page.origin).port) })}`] : []),
    ...(key === undefined ? [] : [`  ${words.isSecret}`]),
    ...(page.madeKey === undefined ? [] : [`  ${words.keyKept({ file: pageSecretFile(folder) })}`]),
    ...(page.keyAsked && page.madeKey === undefined ? [`  ${words.withKey}`] : []),
  ];
}

/**
 * Says where the page and the metrics are: with the key that was made, on stdout alone, which neither the log nor its file has.
 * What keeps stdout (a service, `start -d`) gets no key.
 */
export function announcePage(
  http: Pick<RunHttp, 'pageLink' | 'metricsOrigin'>,
  { log, lang, folder }: { log: Pick<RunningLog, 'logger' | 'print'>; lang: Lang; folder: string },
): void {
  const { pageLink: page, metricsOrigin } = http;
  const words = messagesFor(lang).ui;
  if (page) {
    const isKept = isInBackground() || process.env.JOURNAL_STREAM !== undefined;
    if (!isKept) log.print(`${pageLines(page, page.madeKey, folder, lang).join('\n')}\n`);
    const url = pageWays(page, undefined).link;
    log.logger.info({ event: 'ui-address', url }, words.at({ url }));
  }
  if (metricsOrigin !== undefined) {
    const url = `${metricsOrigin}/metrics`;
    log.logger.info({ event: 'metrics-address', url }, words.metricsAt({ url }));
  }
}

/** Logs what a person has asked for on the page. */
export function logPageAct({ action, name, key }: PageAct, logger: Pick<Logger, 'info'>, lang: Lang): void {
  logger.info(
    { event: 'ui-action', action, name, from: 'page', key },
    messagesFor(lang).ui.acted({ action, name, key }),
  );
}
