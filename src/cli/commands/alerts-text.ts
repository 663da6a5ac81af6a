import { hostname } from 'node:os';
import { texts } from '../../messages/commands/alerts.js';
import { escapeControls } from '../../messages/human.js';
import type { Lang } from '../../messages/index.js';
import { type AlertsPlan, CHANNEL_NAMES } from '../../protocol/alert.js';

/** Where alerts go and when, a line each. */
export function describeAlerts(plan: AlertsPlan, lang: Lang, redact: (text: string) => string): string[] {
  const own = texts[lang];
  const { channels, afterMs, on, name = hostname() } = plan;
  return [
    ...channels.map(({ kind, host, proxy }) =>
      own.goesTo({ channel: CHANNEL_NAMES[kind], host, proxy: proxy && String(proxy) }),
    ),
    own.when({ afterMs, on, name: escapeControls(redact(name)) }),
  ];
}

/** The same for programs; the channels without their secrets. */
export function alertsJson(plan: AlertsPlan, lang: Lang, redact = (text: string) => text) {
  const { channels, afterMs, on, name = hostname() } = plan;
  return {
    name: redact(name),
    lang: plan.lang ?? lang,
    afterMs,
    on,
    channels: channels.map(({ kind, host, proxy }) => ({
      channel: kind,
      host,
      proxy: proxy ? String(proxy) : null,
    })),
  };
}
