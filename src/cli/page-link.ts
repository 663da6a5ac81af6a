import { isInContainer } from '../config/in-container.js';
import { isOfThisMachine } from '../config/of-this-machine.js';
import type { PageLink, PageState } from '../daemon/http/http-plans.js';
import type { RunHttp } from '../daemon/http/run-http.js';
import { networkAddresses } from '../daemon/network-addresses.js';
import { keptPageKey, pageSecretFile } from '../daemon/page/page-secret.js';
import { stateFolderOf } from '../daemon/state-folder.js';
import { type Lang, messagesFor } from '../messages/index.js';
import { isInBackground } from './background.js';
import type { RunningLog } from './logging.js';

/** How the page is opened, and by whom else. */
interface PageWays {
  /** On this machine; holds the key, if there is one that may be printed. */
  link: string;
  /** From other machines of the networks that this one is in. */
  others: readonly string[];
  isLocal: boolean;
  port: number;
}

/** The addresses to open; `key` is put behind `#`, which browsers do not send. */
export function pageWays(origin: string, key?: string): PageWays {
  const { port, hostname } = new URL(origin);
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  const at = (name: string) =>
    `http://${name.includes(':') ? `[${name}]` : name}:${port}/${key === undefined ? '' : `#key=${encodeURIComponent(key)}`}`;
  const isEvery = host === '0.0.0.0' || host === '::';
  // Those of a container are reached by nobody.
  const isShown = isEvery && !isInContainer(process.env);
  const others = isShown ? (networkAddresses() ?? '').split(' ').filter(Boolean) : [];
  return {
    ...{ link: at(isEvery ? 'localhost' : host), others: others.map(at) },
    ...{ isLocal: isOfThisMachine(host), port: Number(port) },
  };
}

/** The lines that tell a person how to open the page of the running mcp-pipe of this configuration. */
export function linkLines(
  { origin, key: kind, madeKey }: PageState & Partial<PageLink>,
  config: string | undefined,
  lang: Lang,
): string[] {
  const folder = stateFolderOf(config);
  const kept = kind === 'made' ? keptPageKey(folder) : undefined;
  const key = madeKey ?? kept;
  const words = messagesFor(lang).ui;
  const { link, others, isLocal, port } = pageWays(origin, key);
  return [
    words.open({ link }),
    ...(others.length > 0 ? [`  ${words.elsewhere({ links: others })}`] : []),
    ...(isLocal ? [`  ${words.tunnel({ port })}`] : []),
    ...(key === undefined ? [] : [`  ${words.isSecret}`]),
    ...(kind === 'made' && key === kept ? [`  ${words.keyKept({ file: pageSecretFile(folder) })}`] : []),
    ...(kind === 'written' ? [`  ${words.withKey}`] : []),
  ];
}

/**
 * Says where the page and the metrics are: with the key that was made, on stdout alone, which neither the log nor its file has.
 * Where stdout is kept (a service, `start -d`), `mcp-pipe ui` and the command that started it print the key instead.
 */
export function announcePage(
  { pageLink: page, metricsOrigin }: Pick<RunHttp, 'pageLink' | 'metricsOrigin'>,
  {
    log,
    lang,
    config,
  }: { log: Pick<RunningLog, 'logger' | 'print'>; lang: Lang; config: string | undefined },
): void {
  const words = messagesFor(lang).ui;
  if (page) {
    const isKept = isInBackground() || process.env.JOURNAL_STREAM !== undefined;
    if (!isKept) log.print(`${linkLines(page, config, lang).join('\n')}\n`);
    const url = pageWays(page.origin).link;
    log.logger.info({ event: 'ui-address', url }, words.at({ url }));
  }
  if (metricsOrigin !== undefined) {
    const url = `${metricsOrigin}/metrics`;
    log.logger.info({ event: 'metrics-address', url }, words.metricsAt({ url }));
  }
}
