import type { Finding } from '../protocol/errors.js';
import { checkPart, keysOf } from './check-part.js';
import type { Environment } from './environment.js';
import { errorAt, hasError, warningAt } from './finding.js';
import { GATEWAY } from './gateway-defaults.js';
import type { GatewayPlan } from './gateway-plan.js';
import {
  type CountStored,
  type GatewayConfig,
  hostOf,
  readGateway,
  unwrittenGateway,
} from './gateway-section.js';
import type { JsonSource } from './json-source.js';
import { readListenAddress } from './listen-address.js';
import { isOfThisMachine } from './of-this-machine.js';
import { isOwnSection } from './own-section.js';
import type { Place } from './place.js';
import { isPlaceholder } from './secret-shape.js';
import { SectionReader, withoutComments } from './section-reader.js';
import { DEFAULT_ADDRESS } from './ui-defaults.js';
import {
  type AskedAddress,
  type ListenAddress,
  type MetricsPlan,
  type UiPlan,
  withoutKeys,
} from './ui-plan.js';

/** The key of a page whose configuration has none. */
const KEY_VARIABLE = 'MCP_PIPE_UI_KEY';
const READ_KEY_VARIABLE = 'MCP_PIPE_UI_READ_KEY';
const METRICS_KEY_VARIABLE = 'MCP_PIPE_METRICS_KEY';

/** One of the two sections, read. */
interface Section {
  /** `false`: not even where it would be implied; undefined: nothing is written. */
  isWanted: boolean | undefined;
  address: ListenAddress | undefined;
  place: Place;
}

/** The sections `ui` and `metrics`, read. */
export interface UiConfig {
  ui: Section & Pick<UiPlan, 'key' | 'readKey' | 'allowedHosts'>;
  metrics: Section & Pick<MetricsPlan, 'key' | 'insecureNoAuth'>;
  /** Values that must not be shown. */
  secrets: readonly string[];
  /** The variables that hold keys: no server gets them. */
  secretVariables: readonly string[];
  /** The keys that stand in the file itself, and the variable that each might have instead. */
  written: readonly { place: Place; variable: string }[];
  /** Errors and warnings that count when there is a page or metrics. */
  findings: readonly Finding[];
}

/** The sections about what is served over HTTP: see `readGateway` and `readUi`. */
export async function httpSections(
  source: JsonSource | undefined,
  raw: { gateway?: unknown; ui?: unknown; metrics?: unknown },
  environment: Environment,
  countStored?: CountStored,
): Promise<{ gateway: GatewayConfig; ui: UiConfig }> {
  const gateway = source
    ? await readGateway(source, raw.gateway, environment, countStored)
    : unwrittenGateway(environment, countStored);
  return { gateway, ui: await readUi(source, raw, environment) };
}

/** Reads `ui` and `metrics`: each `true`, an object, or nothing. Without a `source`, what the environment says of them. */
async function readUi(
  source: JsonSource | undefined,
  written: { ui?: unknown; metrics?: unknown },
  environment: Environment,
): Promise<UiConfig> {
  const raw = {
    ui: isOwnSection('ui', written.ui) ? written.ui : undefined,
    metrics: isOwnSection('metrics', written.metrics) ? written.metrics : undefined,
  };
  const nowhere = {
    place: (path: readonly unknown[]) => ({ file: '', path: path.join('.'), line: undefined }),
  };
  const place = (source ?? nowhere) as JsonSource;
  const [ofUi, ofMetrics] = [
    new SectionReader('ui', place, environment),
    new SectionReader('metrics', place, environment),
  ];
  const both = [ofUi, ofMetrics];
  const [wantsUi, wantsMetrics] = [wanted(raw.ui), wanted(raw.metrics)];
  let page: { address?: string | number; key?: string; readKey?: string; allowedHosts?: string | string[] } =
    {};
  let counted: { address?: string | number; key?: string; insecureNoAuth?: boolean | string } = {};
  if (typeof raw.ui === 'object' || typeof raw.metrics === 'object' || isOdd(raw.ui) || isOdd(raw.metrics)) {
    const cleaned = [raw.ui, raw.metrics].map((one) =>
      typeof one === 'boolean' ? {} : withoutComments(one ?? {}),
    );
    const checkedUi = await checkPart('ui', cleaned[0]);
    const checkedMetrics = await checkPart('metrics', cleaned[1]);
    ofUi.addIssues(cleaned[0], checkedUi.issues, () => keysOf('ui'));
    ofMetrics.addIssues(cleaned[1], checkedMetrics.issues, () => keysOf('metrics'));
    page = checkedUi.value as typeof page;
    counted = checkedMetrics.value as typeof counted;
  }
  const key = readKey(ofUi, 'key', page.key, KEY_VARIABLE);
  const readOnly = readKey(ofUi, 'readKey', page.readKey, READ_KEY_VARIABLE);
  if (key !== undefined && key === readOnly) ofUi.add(errorAt(ofUi.place(['readKey']), 'ui-keys-equal'));
  return {
    ui: {
      ...{ isWanted: wantsUi, address: readAddress(ofUi, page.address), place: ofUi.place([]) },
      ...{ key, readKey: readOnly, allowedHosts: readHosts(ofUi, page.allowedHosts) },
    },
    metrics: {
      ...{
        isWanted: wantsMetrics,
        address: readAddress(ofMetrics, counted.address),
        place: ofMetrics.place([]),
      },
      key: readKey(ofMetrics, 'key', counted.key, METRICS_KEY_VARIABLE),
      insecureNoAuth: String(counted.insecureNoAuth ?? false).toLowerCase() === 'true',
    },
    secrets: both.flatMap(({ secrets }) => secrets),
    secretVariables: [
      ...[KEY_VARIABLE, READ_KEY_VARIABLE, METRICS_KEY_VARIABLE],
      ...both.flatMap(({ variables }) => variables),
    ],
    written: both.flatMap(({ written }) => written),
    findings: both.flatMap(({ findings }) => findings),
  };
}

/** What a command line says: `--ui` and `--metrics`. `configured`: whether the sections count. */
export interface UiAsked {
  ui?: AskedAddress | undefined;
  metrics?: AskedAddress | undefined;
  configured: boolean;
  /** `--insecure-no-auth` */
  insecureNoAuth?: boolean | undefined;
}

/** The page and the metrics of a plan; undefined: there are none. */
export function planUi(
  config: { ui: UiConfig },
  { ui: page, metrics: counted, configured, insecureNoAuth = false }: UiAsked,
  gateway: GatewayPlan | undefined,
  isContainer: boolean,
): { ui: UiPlan | undefined; metrics: MetricsPlan | undefined; findings: readonly Finding[] } {
  const { ui: ofUi, metrics: ofMetrics, findings } = config.ui;
  const hasUi = page !== undefined || (configured && ofUi.isWanted === true);
  const isImplied = hasUi && ofMetrics.isWanted !== false;
  const hasMetrics = counted !== undefined || (configured && ofMetrics.isWanted === true) || isImplied;
  if (!hasUi && !hasMetrics) return { ui: undefined, metrics: undefined, findings: [] };
  const ofGateway = gateway && { host: gateway.host, port: gateway.port };
  const address = (asked: AskedAddress | undefined, written: ListenAddress | undefined) =>
    typeof asked === 'object' ? asked : configured ? written : undefined;
  const shared = ofGateway ?? DEFAULT_ADDRESS;
  const { key, readKey, allowedHosts } = ofUi;
  const ui: UiPlan | undefined = hasUi
    ? withoutKeys({ ...(address(page, ofUi.address) ?? shared), key, readKey, allowedHosts })
    : undefined;
  const metrics: MetricsPlan | undefined = hasMetrics
    ? withoutKeys({
        ...(address(counted, ofMetrics.address) ?? (ui && { host: ui.host, port: ui.port }) ?? shared),
        key: ofMetrics.key,
        insecureNoAuth:
          insecureNoAuth || ofMetrics.insecureNoAuth === true || gateway?.insecureNoAuth === true,
      })
    : undefined;
  return { ui, metrics, findings: [...findings, ...risks({ ui, metrics, gateway }, config.ui, isContainer)] };
}

function risks(
  {
    ui,
    metrics,
    gateway,
  }: { ui: UiPlan | undefined; metrics: MetricsPlan | undefined; gateway: GatewayPlan | undefined },
  config: UiConfig,
  isContainer: boolean,
): Finding[] {
  const at = (name: 'ui' | 'metrics'): Place =>
    config[name].isWanted === true ? config[name].place : { file: '', path: `--${name}`, line: undefined };
  const isOwn =
    metrics && [ui, gateway].every((one) => one?.host !== metrics.host || one.port !== metrics.port);
  return [
    ...(ui && isContainer && isOfThisMachine(ui.host)
      ? [warningAt(at('ui'), 'ui-in-container', { host: ui.host, port: ui.port })]
      : []),
    ...(metrics && isOwn && metrics.key === undefined && !isOfThisMachine(metrics.host)
      ? metrics.insecureNoAuth
        ? [warningAt(at('metrics'), 'metrics-insecure', { host: metrics.host })]
        : [errorAt(at('metrics'), 'metrics-open', { host: metrics.host, variable: METRICS_KEY_VARIABLE })]
      : []),
  ];
}

function wanted(raw: unknown): boolean | undefined {
  return raw === undefined ? undefined : raw !== false;
}

function isOdd(raw: unknown): boolean {
  return raw !== undefined && typeof raw !== 'boolean';
}

function readAddress(reader: SectionReader, given: string | number | undefined): ListenAddress | undefined {
  const text = reader.text(['address'], given);
  if (text === undefined) return undefined;
  const address = readListenAddress(text, DEFAULT_ADDRESS);
  return address ?? reader.add(errorAt(reader.place(['address']), 'listen-address'));
}

function readHosts(reader: SectionReader, given: string | readonly string[] | undefined): string[] {
  const all = Array.isArray(given) ? given : given === undefined ? [] : [given];
  return all.flatMap((one: string, i) => {
    const path = Array.isArray(given) ? ['allowedHosts', i] : ['allowedHosts'];
    const text = reader.text(path, one);
    if (text === undefined) return [];
    const host = hostOf(text);
    if (host !== undefined) return [host];
    reader.add(errorAt(reader.place(path), 'ui-allowed-host'));
    return [];
  });
}

/** The key of the section, else that of the environment; one that cannot be used is reported. */
function readKey(
  reader: SectionReader,
  name: 'key' | 'readKey',
  given: string | undefined,
  variable: string,
): string | undefined {
  const value = given === undefined ? ofEnvironment(reader, variable) : reader.text([name], given, variable);
  if (value === undefined) return undefined;
  const place = given === undefined ? reader.environment.read(variable).place : reader.place([name]);
  const wrong = wrongKey(value, place, variable);
  reader.findings.push(...wrong);
  return hasError(wrong) ? undefined : value;
}

function ofEnvironment(reader: SectionReader, variable: string): string | undefined {
  const { value, place, unreadable } = reader.environment.read(variable);
  if (unreadable) return reader.add(errorAt(place, 'secret-file', { name: variable, ...unreadable }));
  const key = value?.trim();
  // Empty: a file of docker compose passes variables on that are not set.
  if (!key) return undefined;
  reader.secrets.push(key);
  return key;
}

function wrongKey(value: string, place: Place, variable: string): Finding[] {
  if (value === '') return [errorAt(place, 'ui-key-empty', { variable })];
  // What a header and an address carry unchanged.
  if (!/^[\x21-\x7e]+$/.test(value)) return [errorAt(place, 'ui-key-characters')];
  const isWeak = value.length < GATEWAY.shortKey || isPlaceholder(value);
  return isWeak ? [warningAt(place, 'ui-key-weak', { least: GATEWAY.shortKey })] : [];
}
