import { dirname, join, resolve } from 'node:path';
import type { Finding } from '../protocol/errors.js';
import type { OtlpPlan, SentryPlan } from '../protocol/reporting.js';
import { type AgentConfig, readAgents } from './agent-section.js';
import { type AlertsConfig, readAlerts } from './alerts-section.js';
import { type AuditConfig, readAudit } from './audit-section.js';
import { checkPart } from './check-part.js';
import { findConfigFile } from './config-file.js';
import { misnamed, missingFile, readText } from './config-text.js';
import { defaults } from './defaults.js';
import { discreet } from './discreet.js';
import { isEnvComment, misspeltEndpoints, strayLines } from './env-lines.js';
import { Environment } from './environment.js';
import { configError, describe, errorAt, isComment, warningAt } from './finding.js';
import { foreignEntry } from './foreign-entry.js';
import { SECTIONS } from './foreign-keys.js';
import { type ForeignRoot, isRecord, readForeignRoot } from './foreign-root.js';
import type { CountStored, GatewayConfig } from './gateway-section.js';
import type { TokenOptions } from './grouping.js';
import { importCommand } from './import/import-command.js';
import type { NearbyFile } from './import/suggest.js';
import { isInContainer } from './in-container.js';
import { JsonSource } from './json-source.js';
import { DEFAULT_SEPARATOR, type Start } from './mode.js';
import { mountedEnvText, replacedFiles } from './mounted-files.js';
import type { Place } from './place.js';
import { NO_REDIS, type RedisConfig, readRedis } from './redis-section.js';
import { type ReportingConfig, reportingSections } from './reporting-section.js';
import { type EntryDefaults, readServer, type ServerConfig } from './servers.js';
import { readSettings } from './settings-section.js';
import { readTokens, type TokenConfig } from './token-section.js';
import { strayEndpoints, unknownTopKeys } from './top-keys.js';
import { httpSections, type UiConfig } from './ui-section.js';

/** The configuration with its variables filled in. No server is started and no endpoint chosen yet. */
export interface LoadedConfig extends Omit<TokenOptions, 'accountGroup'> {
  /** Absolute; undefined when there is no file, which is enough for a script or a command. */
  file: string | undefined;
  /** Where the configuration is, or would be; absolute. */
  wantedFile: string;
  /** The folder of the configuration file, else the current folder. */
  folder: string;
  /** The `.env` file, absolute; it need not exist. */
  envFile: string;
  /** The real environment, with the variables of `.env` that it does not have. */
  environment: Environment;
  /** The same variables as a plain record. */
  env: Readonly<Record<string, string>>;
  /** Every server of the file in its order, disabled ones included. */
  servers: readonly ServerConfig[];
  /** Options of single tokens, which go before those of all. */
  tokens: readonly TokenConfig[];
  /** Every agent, in the order of the file. */
  agents: readonly AgentConfig[];
  /** Where alerts are sent; undefined: nowhere. */
  alerts: AlertsConfig | undefined;
  /** The audit log. */
  audit: AuditConfig;
  /** The Redis that machines share. */
  redis: RedisConfig;
  /** Where errors are reported. */
  sentry: ReportingConfig<SentryPlan>;
  /** Where traces are sent. */
  otlp: ReportingConfig<OtlpPlan>;
  /** The section about the gateway, whether there is one or not. */
  gateway: GatewayConfig;
  /** The sections about the status page and metrics, whether there are any or not. */
  ui: UiConfig;
  /** When servers are started that do not say it: `settings.start`. */
  start: Start;
  /** Whether packages of servers that do not say it are locked: `settings.lock`. */
  lock: boolean;
  /** Whether a running mcp-pipe asks once a day for a newer version. */
  updateNotice: boolean;
  /** The place of a part that is not a server, for instance `settings`. */
  placeOf: (...path: string[]) => Place;
  /** Errors and warnings that do not belong to one server. */
  findings: readonly Finding[];
  /** Without a configuration: other programs' files with servers, the most likely first. */
  nearby: readonly NearbyFile[];
}

/** Where the configuration and the environment come from. */
export interface LoadOptions {
  /** `--config`; else the variable MCP_CONFIG, else `mcp_config.json` in `cwd`. */
  file?: string | undefined;
  /** `--env-file`; else `.env` beside the configuration. */
  envFile?: string | undefined;
  /** The real environment; it is not changed. */
  env: Readonly<Record<string, string | undefined>>;
  /** Current directory, absolute: relative paths start here. */
  cwd: string;
  /** Default: the platform that this process runs on. */
  platform?: NodeJS.Platform;
  /** Default: there is no file of keys. */
  countStored?: CountStored | undefined;
}

/**
 * Finds and reads the configuration and `.env`.
 *
 * @throws ConfigError when a file that was named is missing, or its JSON cannot be read. Every other error is
 *   kept as a finding, so that `makePlan` can report all of them at once.
 */
export async function loadConfig(options: LoadOptions): Promise<LoadedConfig> {
  const { cwd } = options;
  const { file, by } = findConfigFile(options.file, options.env, cwd);
  const text = readText(file);
  if (text === undefined && by) throw missingFile(file, by);
  const folder = text === undefined ? cwd : dirname(file);

  const envFile = options.envFile ? resolve(cwd, options.envFile) : join(folder, '.env');
  const readEnv = () => readText(envFile, isEnvComment);
  const isMounted = isInContainer(options.env) && !options.envFile;
  const { text: envText, findings: ofMounts } = isMounted
    ? mountedEnvText(envFile, readEnv)
    : { text: readEnv(), findings: [] };
  if (envText === undefined && options.envFile) throw missingFile(envFile, '--env-file');
  const environment = new Environment(options.env, folder, options.platform);
  environment.addEnvFile(envFile, envText ?? '', options.env.MCP_PIPE_ENV_FILE_FIRST === '1');

  const content =
    text === undefined
      ? {
          ...NOTHING,
          ...(await httpSections(undefined, {}, environment, options.countStored)),
          ...(await reportingSections(undefined, {}, environment)),
          redis: await readRedis(undefined, undefined, environment),
          nearby: await (await import('./import/suggest.js')).nearbyFiles(cwd),
        }
      : await readContent(
          new JsonSource(file, text),
          text,
          environment,
          importCommand(file, cwd),
          options.countStored,
        );
  const env = environment.record();
  const findings = [
    ...content.findings,
    ...(text === undefined ? [...content.sentry.findings, ...content.redis.findings] : []),
    ...ofMounts,
    ...(isInContainer(options.env) ? replacedFiles([file, envFile]) : []),
    ...(text === undefined ? misnamed(file) : []),
    ...(envText === undefined ? misnamed(envFile) : strayLines(envFile, envText)),
    ...misspeltEndpoints(environment, (name) => text?.includes(name) ?? false),
  ];
  return discreet({
    file: text === undefined ? undefined : file,
    wantedFile: file,
    folder,
    envFile,
    environment,
    env,
    ...content,
    findings,
  });
}

type Content = Omit<LoadedConfig, 'file' | 'wantedFile' | 'folder' | 'envFile' | 'environment' | 'env'>;

const NOTHING: Omit<Content, 'gateway' | 'ui' | 'sentry' | 'otlp'> = {
  servers: [],
  ...{
    mode: 'auto',
    prefix: 'auto',
    separator: DEFAULT_SEPARATOR,
    tokens: [],
    agents: [],
    alerts: undefined,
    audit: { plan: undefined, secrets: [], findings: [] },
    redis: NO_REDIS,
    updateNotice: true,
    settings: defaults,
    start: 'run',
    lock: true,
  },
  placeOf: (...path) => ({ file: '', path: path.join('.'), line: undefined }),
  findings: [],
  nearby: [],
};

async function readContent(
  source: JsonSource,
  text: string,
  environment: Environment,
  importing: string,
  countStored?: CountStored,
): Promise<Content> {
  if (source.findings.length > 0) {
    throw configError('not-json', (await foreignForm(source, text, importing)) ?? source.findings);
  }
  const foreign = hasServers(source.value) ? undefined : await foreignForm(source, text, importing);
  const findings: Finding[] = [...(foreign ?? [])];
  const { issues, value } = await checkPart('root', source.value);
  for (const { path, shape } of foreign === undefined ? issues : []) {
    const came = describe(
      path.length === 0 ? source.value : (source.value as Record<string, unknown>)[String(path[0])],
      path[0],
    );
    findings.push(errorAt(source.place(path), 'shape', { shape, came }));
  }
  const root = readForeignRoot(source.value);
  const { gateway, ui } = await httpSections(source, value, environment, countStored);
  const { settings, start, lock } = await readSettings(source, value.settings, findings);
  const ofAll = { share: gateway.defaultShare, start, lock };
  const servers = await readServers(source, value, root, environment, findings, ofAll);
  findings.push(...reservedKeys(source), ...doubles(source));
  if (foreign === undefined) {
    findings.push(...unknownTopKeys(source, value, servers.length));
    findings.push(...strayEndpoints(source, root.endpoints, environment, importing));
  }
  const { mode = 'auto', prefix = 'auto', separator = DEFAULT_SEPARATOR, toolNames, onListChange } = value;
  const { updateNotice = true } = value;
  const tokens = await readTokens(source, value.tokens, settings, findings);
  const agents = await readAgents(source, value.agents, servers, environment, settings, findings);
  const reporting = await reportingSections(source, value, environment);
  const alerts = await readAlerts(source, value.alerts, environment, reporting.sentry.plan !== undefined);
  const audit = await readAudit(source, value.audit, environment);
  const redis = await readRedis(source, value.redis, environment);
  findings.push(...(alerts?.findings ?? []), ...audit.findings, ...redis.findings);
  findings.push(...reporting.sentry.findings, ...reporting.otlp.findings);
  const placeOf = (...path: string[]) => source.place(path);
  return {
    ...{ servers, mode, prefix, separator, ...(toolNames ? { toolNames } : {}) },
    ...(onListChange ? { onListChange } : {}),
    ...reporting,
    ...{
      tokens,
      agents,
      alerts,
      audit,
      redis,
      gateway,
      ui,
      updateNotice,
      settings,
      start,
      lock,
      placeOf,
      findings,
      nearby: [],
    },
  };
}

/** The error for servers in another program's format; undefined when there are none. */
async function foreignForm(
  source: JsonSource,
  text: string,
  importing: string,
): Promise<Finding[] | undefined> {
  const { readForeign } = await import('./import/read.js');
  const { file } = source;
  const found = await readForeign(text, { program: '', file, workspace: undefined }).catch(() => undefined);
  // Servers at the top level only need `mcpServers` around them.
  if (found?.form === undefined || found.form === 'top') return undefined;
  const place = { file, path: '', line: undefined };
  return [errorAt(place, 'foreign-form', { form: found.form, count: found.servers.length, importing })];
}

function hasServers(root: unknown): boolean {
  return isRecord(root) && SECTIONS.some((key) => isRecord(root[key]) && Object.keys(root[key]).length > 0);
}

type Root = { [key: string]: unknown } & { [Section in (typeof SECTIONS)[number]]?: Record<string, unknown> };

async function readServers(
  source: JsonSource,
  root: unknown,
  { hidden, isOff }: ForeignRoot,
  environment: Environment,
  findings: Finding[],
  ofAll: EntryDefaults,
): Promise<ServerConfig[]> {
  const found = new Map<string, ServerConfig>();
  for (const section of SECTIONS) {
    for (const [name, raw] of Object.entries((root as Root)[section] ?? {})) {
      if (isComment(name) && typeof raw !== 'object') continue;
      const placeOf = (...inside: string[]) => source.place([section, name, ...inside]);
      const {
        entry,
        findings: warnings,
        isPart,
      } = foreignEntry(name, raw, hidden.get(name), environment, placeOf);
      const checked = { raw: entry, ...(await checkPart('server', entry)) };
      const readFor = (agent: string, always: Finding[]) =>
        readServer(source, [section, name], checked, environment, always, agent, ofAll);
      const read = readFor(name, findings);
      // Warnings of a disabled server are left out.
      if (read.enabled) findings.push(...warnings);
      const off = isOff(name) || isPart ? { enabled: false } : {};
      const server = { ...read, ...off, forAgent: (agent: string) => readFor(agent, []) };
      const earlier = found.get(name);
      if (earlier) {
        const lines = { first: earlier.place.line, last: server.place.line };
        findings.push(errorAt(server.place, 'duplicate-name', lines));
      } else found.set(name, server);
    }
  }
  return [...found.values()];
}

/** Errors for keys `__proto__`: a server, variable or token of that name would be lost. */
function reservedKeys(source: JsonSource): Finding[] {
  return source.reserved.map((path) => errorAt(source.place(path), 'reserved-name'));
}

/** Errors for keys that one object holds twice: only the last counts, so one of two servers would never run. */
function doubles(source: JsonSource): Finding[] {
  return source.duplicates.map(({ path, lines: [first, last] }) => {
    const place = source.place(path);
    if (path.length === 2 && SECTIONS.some((section) => section === path[0])) {
      return errorAt(place, 'duplicate-name', { first, last });
    }
    if (path.length === 2 && path[0] === 'agents') return errorAt(place, 'agent-twice', { first, last });
    return warningAt(place, 'duplicate-key', { first, last });
  });
}
