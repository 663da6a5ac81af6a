import type { Logger } from 'pino';
import { texts } from '../messages/commands/run.js';
import { excerpt } from '../messages/human.js';
import type { Lang } from '../messages/index.js';
import type { Tracing } from '../observe/tracing/otlp.js';
import { otlpUrl } from '../protocol/otlp-url.js';
import type { OtlpPlan } from '../protocol/reporting.js';

/** What `--otlp` says: an address, or true for that of the environment. */
export type OtlpOption = string | true | undefined;

/** The tracing of a run. */
export interface RunTracing {
  start: Tracing['start'];
  /** Sends what is left, within a bound. */
  stop(): Promise<void>;
}

/** Where traces go when nothing is said. */
const USUAL_URL = 'http://localhost:4318';
/** The longest that a stop waits for the collector, in milliseconds: containers are killed ten seconds after they were told to stop. */
const FLUSH_WITHIN_MS = 2_000;
/** Then, how long the rest of mcp-pipe may take to end, in milliseconds. */
const END_WITHIN_MS = 500;
/** No reason of a failure is shown longer, in characters. */
const MAX_REASON_LENGTH = 200;

/** What counts: an address of the command line, else the section, else what the environment says. Pure. */
export function tracingOf(option: OtlpOption, section: OtlpPlan | undefined): OtlpPlan | undefined {
  // The headers of the section are secrets of its own collector.
  if (typeof option === 'string') return { url: otlpUrl(option), headers: {} };
  return section ?? (option ? { url: undefined, headers: {} } : undefined);
}

/** The values that are sent to the collector to be let in. Pure. */
export function otlpSecrets(otlp: OtlpPlan | undefined, env: NodeJS.ProcessEnv): string[] {
  if (otlp === undefined) return [];
  const headers = [env.OTEL_EXPORTER_OTLP_HEADERS, env.OTEL_EXPORTER_OTLP_TRACES_HEADERS];
  const values = headers.flatMap((all) =>
    (all ?? '').split(',').map((one) => one.slice(one.indexOf('=') + 1).trim()),
  );
  return values.flatMap((value) => [...new Set([value, decoded(value)])]).filter((value) => value !== '');
}

/** Begins to trace, if command line or configuration say so; without it nothing is loaded. */
export async function startTracing(
  otlp: OtlpPlan | undefined,
  { version, env, logger, lang }: { version: string; env: NodeJS.ProcessEnv; logger: Logger; lang: Lang },
): Promise<RunTracing | undefined> {
  if (otlp === undefined) return undefined;
  const { url, headers } = otlp;
  const shown = shownUrl(url ?? env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? env.OTEL_EXPORTER_OTLP_ENDPOINT);
  const words = texts[lang];
  const { openTracing } = await import('../observe/tracing/otlp.js');
  const { start, stop } = openTracing({
    ...{ url, headers, version },
    onFailed: (reason) =>
      logger.warn(
        { code: 'OTLP_UNDELIVERED' },
        words.tracesUndelivered({ url: shown, reason: excerpt(reason, MAX_REASON_LENGTH) }),
      ),
    onWrongSetting: (text) =>
      logger.warn({ code: 'OTLP_SETTING' }, words.tracesSetting({ text: excerpt(text, MAX_REASON_LENGTH) })),
  });
  logger.info({ url: shown }, words.tracing({ url: shown }));
  return {
    start,
    stop: async () => {
      if (await stop(FLUSH_WITHIN_MS)) return;
      logger.warn({ code: 'OTLP_UNDELIVERED' }, words.tracesLeft({ url: shown }));
      // A collector that never answers keeps its connection open for some seconds more.
      setTimeout(() => process.exit(), END_WITHIN_MS).unref();
    },
  };
}

/** Without what may be a secret. */
function shownUrl(text = USUAL_URL): string {
  return URL.canParse(text) ? `${new URL(text).origin}${new URL(text).pathname}` : USUAL_URL;
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
