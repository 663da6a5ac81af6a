import type { Finding } from '../protocol/errors.js';
import { otlpUrl } from '../protocol/otlp-url.js';
import type { OtlpPlan, SentryPlan } from '../protocol/reporting.js';
import { checkPart, keysOf } from './check-part.js';
import type { Environment } from './environment.js';
import { errorAt } from './finding.js';
import { isRecord } from './foreign-root.js';
import type { JsonSource } from './json-source.js';
import type { Place } from './place.js';
import type { ProxyChoice } from './proxy-choice.js';
import { isHeader, SectionReader, withoutComments } from './section-reader.js';
import { SENTRY } from './sentry-defaults.js';
import { shownAs } from './shown-as.js';

/** A section that says where problems or traces are sent, read. */
export interface ReportingConfig<Plan> {
  /** Undefined: nowhere. */
  plan: Plan | undefined;
  /** Values that must not be shown. */
  secrets: readonly string[];
  /** The variables that hold secrets of the section: no server gets them. */
  secretVariables: readonly string[];
  /** The secrets that stand in the file itself, and the variable that each might have instead. */
  written: readonly { place: Place; variable: string }[];
  findings: readonly Finding[];
}

/** Turns reports to Sentry on where the configuration says nothing of them. */
const DSN_VARIABLE = 'MCP_PIPE_SENTRY_DSN';
/** Of a project, by Sentry, GlitchTip and Bugsink. */
const KEY = /^[\w-]{8,100}$/;
const PROJECT = /^\d{1,20}$/;

const NONE = { plan: undefined, secrets: [], secretVariables: [], written: [], findings: [] };

/**
 * Reads `sentry`: a text, an object, false, or nothing: then the variable MCP_PIPE_SENTRY_DSN counts. An empty text is nothing.
 *
 * @param source Undefined: there is no configuration.
 */
async function readSentry(
  source: JsonSource | undefined,
  raw: unknown,
  environment: Environment,
): Promise<ReportingConfig<SentryPlan>> {
  if (raw === false) return NONE;
  if (raw === undefined || source === undefined) {
    const { value, place } = environment.read(DSN_VARIABLE);
    const dsn = value?.trim();
    if (!dsn) return { ...NONE, secretVariables: [DSN_VARIABLE] };
    const found = fromDsn(dsn, place);
    const plan = found.plan && { ...found.plan, environment: SENTRY.environment, sampleRate: 1 };
    return { ...found, plan, secretVariables: [DSN_VARIABLE], written: [] };
  }
  const reader = new SectionReader('sentry', source, environment);
  const path = typeof raw === 'string' ? [] : ['dsn'];
  const cleaned = typeof raw === 'string' ? { dsn: raw } : withoutComments(raw);
  const { issues, value } = await checkPart('sentry', cleaned);
  reader.addIssues(cleaned, issues, () => keysOf('sentry'));
  const isEmpty = isRecord(cleaned) && value.dsn === undefined && issues.length === 0;
  if (isEmpty) reader.add(errorAt(reader.place(path), 'sentry-dsn'));
  const dsn = reader.text(path, value.dsn, 'SENTRY_DSN');
  const name = reader.text(['environment'], value.environment) || SENTRY.environment;
  const release = reader.text(['release'], value.release) || undefined;
  const found = dsn ? fromDsn(dsn, reader.place(path)) : NONE;
  const plan = found.plan && {
    ...found.plan,
    ...{ environment: name, sampleRate: value.sampleRate ?? 1 },
    ...(release === undefined ? {} : { release }),
  };
  return {
    plan,
    secrets: [...reader.secrets, ...found.secrets],
    secretVariables: [...reader.variables, DSN_VARIABLE],
    written: reader.written,
    findings: [...reader.findings, ...found.findings],
  };
}

/** `https://KEY@HOST/PROJECT`; older ones have a second key behind the first. Pure. */
function fromDsn(
  dsn: string,
  place: Place,
): {
  plan: Pick<SentryPlan, 'host' | 'url' | 'key'> | undefined;
  secrets: readonly string[];
  findings: readonly Finding[];
} {
  const wrong = { plan: undefined, secrets: [dsn], findings: [errorAt(place, 'sentry-dsn')] };
  if (!URL.canParse(dsn)) return wrong;
  const { protocol, username: key, password, host, pathname, search, hash } = new URL(dsn);
  const secrets = [dsn, key, password].filter((part) => part !== '');
  const before = pathname.slice(0, pathname.lastIndexOf('/'));
  const project = pathname.slice(pathname.lastIndexOf('/') + 1);
  const isWeb = protocol === 'http:' || protocol === 'https:';
  if (!isWeb || !KEY.test(key) || !PROJECT.test(project) || search !== '' || hash !== '')
    return { ...wrong, secrets };
  const url = `${protocol}//${host}${before}/api/${project}/envelope/`;
  return { plan: { host, url, key }, secrets, findings: [] };
}

/** The plan of the reports, with the proxy on the way. */
export function planSentry(
  { sentry }: { sentry: ReportingConfig<SentryPlan> },
  proxyFor: (receiver: { href: string }) => ProxyChoice,
): { plan: SentryPlan | undefined; secrets: readonly string[]; findings: readonly Finding[] } {
  const { plan, secrets } = sentry;
  if (plan === undefined) return { plan, secrets, findings: [] };
  const { proxy, secrets: ofProxy, findings } = proxyFor({ href: plan.url });
  const { host, environment, release, sampleRate } = plan;
  const shown = shownAs({ ...plan, ...(proxy ? { proxy } : {}) }, () => ({
    ...{ host, environment, release, sampleRate },
  }));
  return { plan: shown, secrets: [...secrets, ...ofProxy], findings };
}

/** Reads `otlp`: a text, an object, true, false, or nothing. An empty text is nothing. */
async function readOtlp(
  source: JsonSource,
  raw: unknown,
  environment: Environment,
): Promise<ReportingConfig<OtlpPlan>> {
  if (raw === undefined || raw === false) return NONE;
  if (raw === true) return { ...NONE, plan: { url: undefined, headers: {} } };
  const reader = new SectionReader('otlp', source, environment);
  const path = typeof raw === 'string' ? [] : ['url'];
  const cleaned = typeof raw === 'string' ? { url: raw } : withoutComments(raw);
  const { issues, value } = await checkPart('otlp', cleaned);
  reader.addIssues(cleaned, issues, (at) => (at.length === 0 ? keysOf('otlp') : []));
  const given = reader.text(path, value.url);
  const url = given ? otlpUrl(given) : undefined;
  // A login in an address would be shown with it.
  if (given && url === undefined) {
    reader.secrets.push(given);
    reader.add(errorAt(reader.place(path), 'otlp-url'));
  }
  const isAllowed = (name: string, text: string) =>
    isHeader(name, text) ? undefined : errorAt(reader.place(['headers', name]), 'alert-header');
  const headers = reader.headers(['headers'], value.headers, isAllowed, 'OTLP_TOKEN');
  const { secrets, variables: secretVariables, written, findings } = reader;
  const isOff = typeof raw === 'string' && given === '';
  const plan = isOff ? undefined : shownAs({ url, headers }, () => ({ url, headers: Object.keys(headers) }));
  return { plan, secrets, secretVariables, written, findings };
}

/** Both sections. `source`: undefined without a configuration. */
export async function reportingSections(
  source: JsonSource | undefined,
  value: { sentry?: unknown; otlp?: unknown },
  environment: Environment,
): Promise<{ sentry: ReportingConfig<SentryPlan>; otlp: ReportingConfig<OtlpPlan> }> {
  return {
    sentry: await readSentry(source, value.sentry, environment),
    otlp: source ? await readOtlp(source, value.otlp, environment) : NONE,
  };
}
