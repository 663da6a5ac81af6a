import { planAlerts } from '../../config/alerts-section.js';
import { configError, hasError } from '../../config/finding.js';
import { loadConfig } from '../../config/load.js';
import { proxyChooser } from '../../config/proxy-choice.js';
import { sendTest, type TestResult } from '../../daemon/alerts/test-alerts.js';
import { texts } from '../../messages/commands/alerts.js';
import type { Lang } from '../../messages/index.js';
import { usageError } from '../../messages/worded.js';
import { Redactor } from '../../observe/redact.js';
import { CHANNEL_NAMES } from '../../protocol/alert.js';
import { ExitCode } from '../exit-codes.js';
import { languageOf } from '../language.js';
import { printJson, printSentences } from '../output.js';
import { alertsJson, describeAlerts } from './alerts-text.js';

export interface AlertsCommandOptions {
  config?: string;
  envFile?: string;
  json?: boolean;
  lang?: Lang;
  /** False with `--no-proxy`. */
  proxy?: boolean;
}

/** `mcp-pipe alerts [test]`: says where alerts go; with `test`, sends one message to each channel. Returns the exit code. */
export async function alerts(action: string | undefined, options: AlertsCommandOptions): Promise<number> {
  const lang = languageOf(options.lang, process.env);
  const { plan, redact } = await planned(options);
  if (action !== 'test') {
    if (options.json) printJson(alertsJson(plan, lang, redact));
    else printSentences(`${[...describeAlerts(plan, lang, redact), texts[lang].tryIt].join('\n')}\n`);
    return ExitCode.ok;
  }
  const results = await sendTest(plan, lang);
  if (options.json)
    printJson({
      ...alertsJson(plan, lang, redact),
      results: results.map((one) => withoutSecrets(one, redact)),
    });
  else printSentences(`${results.map((one) => redact(resultText(one, lang))).join('\n')}\n`);
  return results.every(({ delivered }) => delivered) ? ExitCode.ok : ExitCode.runtime;
}

/** @throws ConfigError when the section cannot be used. @throws UsageError when there is none. */
async function planned({ config: file, envFile, proxy }: AlertsCommandOptions) {
  const config = await loadConfig({ file, envFile, env: process.env, cwd: process.cwd() });
  const own = config.alerts?.findings ?? [];
  const isDirect = proxy === false;
  const { plan, secrets, findings } = planAlerts(config, proxyChooser(config.environment, isDirect));
  if (hasError(own)) throw configError('unusable', [...own, ...findings]);
  if (plan === undefined || plan.channels.length === 0)
    throw usageError('no-alerts', { file: config.file ?? 'mcp_config.json' });
  const redactor = new Redactor(secrets);
  return { plan, redact: (text: string) => redactor.redact(text) };
}

function withoutSecrets(result: TestResult, redact: (text: string) => string): TestResult {
  return { ...result, text: result.text && redact(result.text) };
}

function resultText({ channel, host, proxy, text, tookMs }: TestResult, lang: Lang): string {
  const own = texts[lang];
  const about = { channel: CHANNEL_NAMES[channel], host, proxy: proxy ?? undefined };
  return text === null ? own.arrived({ ...about, tookMs }) : own.failed({ ...about, why: text });
}
