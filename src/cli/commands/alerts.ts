import { planAlerts } from '../../config/alerts-section.js';
import { configError, hasError } from '../../config/finding.js';
import { loadConfig } from '../../config/load.js';
import { proxyChooser } from '../../config/proxy-choice.js';
import { planSentry } from '../../config/reporting-section.js';
import { sendTest, type TestResult } from '../../daemon/alerts/test-alerts.js';
import { WATCHED } from '../../daemon/sentry/sentry-observer.js';
import { sendSentryTest } from '../../daemon/sentry/test-sentry.js';
import { texts } from '../../messages/commands/alerts.js';
import type { Lang } from '../../messages/index.js';
import { usageError } from '../../messages/worded.js';
import { Redactor } from '../../observe/redact.js';
import { CHANNEL_NAMES } from '../../protocol/alert.js';
import { ExitCode } from '../exit-codes.js';
import { languageOf } from '../language.js';
import { printJson, printSentences } from '../output.js';
import { version } from '../version.js';
import { alertsJson, describeAlerts } from './alerts-text.js';

export interface AlertsCommandOptions {
  config?: string;
  envFile?: string;
  json?: boolean;
  lang?: Lang;
  /** False with `--no-proxy`. */
  proxy?: boolean;
}

/** `mcp-pipe alerts [test]`: says where alerts go; with `test`, sends one message to each channel, and to Sentry. Returns the exit code. */
export async function alerts(action: string | undefined, options: AlertsCommandOptions): Promise<number> {
  const lang = languageOf(options.lang, process.env);
  const { plan, sentry, redact } = await planned(options);
  const own = texts[lang];
  const { host, proxy } = sentry ?? {};
  const through = proxy ? String(proxy) : undefined;
  const toSentry = host === undefined ? [] : [own.goesTo({ channel: 'Sentry', host, proxy: through })];
  const json = {
    ...alertsJson(plan, lang, redact),
    sentry: host === undefined ? null : { host, proxy: through ?? null },
  };
  if (action !== 'test') {
    if (options.json) printJson(json);
    else printSentences(`${[...toSentry, ...describeAlerts(plan, lang, redact), own.tryIt].join('\n')}\n`);
    return ExitCode.ok;
  }
  const results = (
    await Promise.all([
      sendTest(plan, lang),
      sentry ? sendSentryTest(sentry, { version: version(), lang }) : [],
    ])
  ).flat();
  if (options.json)
    printJson({
      ...json,
      results: results.map((one) => withoutSecrets(one, redact)),
    });
  else printSentences(`${results.map((one) => redact(resultText(one, lang))).join('\n')}\n`);
  return results.every(({ delivered }) => delivered) ? ExitCode.ok : ExitCode.runtime;
}

/** @throws ConfigError when a section cannot be used. @throws UsageError when there is none. */
async function planned({ config: file, envFile, proxy }: AlertsCommandOptions) {
  const config = await loadConfig({ file, envFile, env: process.env, cwd: process.cwd() });
  const own = [...(config.alerts?.findings ?? []), ...config.sentry.findings];
  const isDirect = proxy === false;
  const proxyFor = proxyChooser(config.environment, isDirect);
  const { plan, secrets, findings } = planAlerts(config, proxyFor);
  const reports = planSentry(config, proxyFor);
  const sentry = reports.plan;
  if (hasError(own)) throw configError('unusable', [...own, ...findings]);
  if (!sentry && (plan === undefined || plan.channels.length === 0))
    throw usageError('no-alerts', { file: config.file ?? 'mcp_config.json' });
  const redactor = new Redactor([...secrets, ...reports.secrets]);
  return { plan: plan ?? WATCHED, sentry, redact: (text: string) => redactor.redact(text) };
}

function withoutSecrets(result: TestResult, redact: (text: string) => string): TestResult {
  return { ...result, text: result.text && redact(result.text) };
}

function resultText({ channel, host, proxy, text, tookMs }: TestResult, lang: Lang): string {
  const own = texts[lang];
  const about = {
    channel: channel === 'sentry' ? 'Sentry' : CHANNEL_NAMES[channel],
    host,
    proxy: proxy ?? undefined,
  };
  return text === null ? own.arrived({ ...about, tookMs }) : own.failed({ ...about, why: text });
}
