import { resolve } from 'node:path';
import type { Finding } from '../protocol/errors.js';
import { readCallerEnv } from './caller-env.js';
import { workspaceFolder } from './editor-variables.js';
import { type EndpointField, readAddresses } from './endpoint-choice.js';
import { readEnvFile } from './entry-env-file.js';
import { unknownEntryKeys } from './entry-keys.js';
import { EntryVariables } from './entry-variables.js';
import type { Environment } from './environment.js';
import { describe, errorAt, warningAt } from './finding.js';
import { interpolate } from './interpolate.js';
import { type JsonPath, type JsonSource, pathText } from './json-source.js';
import { keysBeside } from './keys-beside.js';
import { KINDS, kindNamed, kindOf, type Reached, type ServerKind } from './kinds/kinds.js';
import { durationMs, type Share, type Start, type Turn } from './mode.js';
import { nearest } from './nearest.js';
import type { Place } from './place.js';
import { readCache } from './read-cache.js';
import { readCalls } from './read-calls.js';
import { readInstances } from './read-instances.js';
import { readLimits } from './read-limits.js';
import { readStart } from './read-start.js';
import { readTools } from './read-tools.js';
import type { RawServer } from './schema.js';
import { SECRET_NAME } from './secret-shape.js';
import { isYes, optionsOf, type ServerOptions } from './server-options.js';
import type { Checked } from './shape-check.js';
import { unusedKeys } from './unused-keys.js';

/** The definition of a server, from a file or from the command line, without how it is reached. */
interface EveryServer {
  name: string;
  /** Overrides the inherited environment; without MCP_ENDPOINT. */
  env: Readonly<Record<string, string>>;
  /** Variables of its `envFile`: they override inherited ones; `env` overrides them. */
  fileEnv: Readonly<Record<string, string>>;
  options: ServerOptions;
  /** `endpoint` first, each address of a list, then `env.MCP_ENDPOINT`; either may be missing. */
  endpointFields: readonly EndpointField[];
  /** Errors and warnings that count when this server is started. */
  findings: readonly Finding[];
}

/**
 * The definition of a server, from a file or from the command line. The part about how it is reached is empty when an entry
 * does not set it; then `findings` says so.
 */
export type ServerDefinition = EveryServer & Reached;

/** One entry of `mcpServers`, variables filled in. */
export type ServerConfig = ReadServer & {
  /** The entry as it is read for one agent, with its name for `${AGENT}`. */
  forAgent: (agent: string) => ReadServer;
};

/** What the definition of an entry has in addition. */
interface ServerEntry {
  place: Place;
  /** The place of a part of the entry, for instance of `args[0]`. */
  placeOf: (...inside: JsonPath) => Place;
  enabled: boolean;
  /** Whether all variables in this part of the entry are set, so that rules may judge it. */
  isFilled: (...inside: JsonPath) => boolean;
  /** Variables that hold an endpoint's address or a part of it: no server gets them. */
  endpointVariables: readonly string[];
  /** Names of variables with a secret that the entry refers to: only this server gets them, through its `env`. */
  secretVariables: readonly string[];
  /** Values that were read from files named by variables. */
  secrets: readonly string[];
  /** The file of its `envFile`, absolute; undefined: it has none. */
  variablesFile?: string;
  /** Whether `${AGENT}` is a part of it: then the processes of two agents differ. */
  namesAgent: boolean;
}

type ReadServer = ServerDefinition & ServerEntry;

/** Keys with words and numbers inside that are no secrets: errors may repeat them. */
const OPEN_OBJECTS = new Set(['limits', 'sandbox', 'instances', 'nice']);

/** Keys that decide whether a server is started. */
const FLAGS = new Set(['disabled', 'enabled', 'isActive']);

/** What counts for an entry that does not say it. */
export interface EntryDefaults {
  share: Share;
  /** `settings.start`. */
  start: Start;
  /** `settings.lock`. */
  lock: boolean;
}

/** An entry, and what its shape says of it. */
interface CheckedEntry extends Checked<RawServer> {
  raw: unknown;
}

/**
 * Reads one entry. Findings that count even if the server is not started go into `always`. `agent` is the value of `${AGENT}`
 * where each agent gets a process of its own.
 */
export function readServer(
  source: JsonSource,
  path: JsonPath,
  entry: CheckedEntry,
  environment: Environment,
  always: Finding[],
  agent: string,
  defaults: EntryDefaults,
): ReadServer {
  return new EntryReader(source, path, entry, environment, always, agent, defaults).read();
}

/** The variable that holds an agent's name, where each agent gets a process of its own. */
const AGENT_VARIABLE = 'AGENT';

/** `${AGENT}` of a server that its agents share has no value, and a line in `.env` is not what is wanted. */
function aboutAgent(finding: Finding): Finding {
  const isMissing = finding.id === 'missing-variable' && finding.params.name === AGENT_VARIABLE;
  return isMissing ? errorAt(finding, 'agent-variable') : finding;
}

class EntryReader {
  readonly #findings: Finding[] = [];
  readonly #secrets: string[] = [];
  readonly #secretVariables: string[] = [];
  readonly #raw: unknown;
  readonly #entry: RawServer;
  readonly #variables: EntryVariables;
  /** Parts of the entry with variables that are not set. */
  readonly #unfilled = new Set<string>();
  #envFile: Readonly<Record<string, string>> | undefined;
  #variablesFile: string | undefined;
  #namesAgent = false;

  constructor(
    readonly source: JsonSource,
    readonly path: JsonPath,
    { raw, issues, value }: CheckedEntry,
    readonly environment: Environment,
    readonly always: Finding[],
    agent: string,
    readonly defaults: EntryDefaults,
  ) {
    this.#raw = raw;
    this.#entry = value;
    this.#variables = new EntryVariables(environment, {
      given: value.share === 'agent' ? { [AGENT_VARIABLE]: agent } : {},
      env: value.env ?? {},
      placeOf: (name) => this.#place('env', name),
      fromFile: () => ({ place: this.#place('envFile'), values: this.#fileEnv() }),
    });
    for (const issue of issues) {
      const key = issue.path.at(-1);
      const isStray = issue.unknownKey !== undefined;
      const came = isStray
        ? { literal: JSON.stringify(issue.unknownKey) }
        : describe(valueAt(raw, issue.path), key, OPEN_OBJECTS.has(String(issue.path[0])) || undefined);
      const known = isStray ? keysBeside(issue.path) : undefined;
      if (known) {
        const [meant] = nearest(String(issue.unknownKey), known);
        const params = { key: String(issue.unknownKey), meant, known };
        this.#findings.push(errorAt(this.#place(...issue.path), 'unknown-setting', params));
        continue;
      }
      const given = valueAt(raw, issue.path);
      if (Array.isArray(given) && key === 'MCP_ENDPOINT') {
        const params = { count: given.length };
        this.#findings.push(errorAt(this.#place(...issue.path), 'endpoint-several', params));
        continue;
      }
      // These keys decide whether the server is started, so their errors are always reported.
      const target = FLAGS.has(String(key)) || issue.path.length === 0 ? this.always : this.#findings;
      target.push(errorAt(this.#place(...issue.path), 'shape', { shape: issue.shape, came }));
    }
  }

  read(): ReadServer {
    const placeOf = (...inside: JsonPath) => this.#place(...inside);
    const enabled = this.#enabled();
    const kind = this.#kind();
    const { share = this.defaults.share } = this.#entry;
    const lock = this.#entry.lock === undefined ? this.defaults.lock : isYes(this.#entry.lock);
    const { callerEnv, findings } = readCallerEnv(this.#entry.callerEnv, { kind, share, placeOf });
    const { start, findings: ofStart } = readStart(this.#entry, { all: this.defaults.start, placeOf });
    const { tools, findings: ofTools } = readTools(this.#entry, placeOf);
    const { instances, findings: ofInstances } = readInstances(this.#entry.instances, kind, () =>
      this.#place('instances'),
    );
    const { limits, findings: ofLimits } = readLimits(this.#entry.limits, { kind, placeOf });
    this.#findings.push(...findings, ...ofStart, ...ofTools, ...ofInstances, ...ofLimits);
    const unused = unusedKeys(this.#raw, kind);
    if (unused.length > 0) {
      this.#findings.push(warningAt(this.#place(unused[0]!), 'keys-of-other-kind', { keys: unused, kind }));
    }
    // Nothing but white space, or characters that print nothing.
    if (!/[^\s\p{C}]/u.test(this.path.at(-1) as string)) {
      this.#findings.push(warningAt(this.#place(), 'unnamed-server'));
    }
    this.#findings.push(...unknownEntryKeys(this.#raw, placeOf, String(this.path.at(-1))));
    const endpointFields: EndpointField[] = [];
    const endpointVariables: string[] = [];
    const { MCP_ENDPOINT: fromEnv, ...ownEnv } = this.#entry.env ?? {};
    const { endpoint } = this.#entry;
    for (const { secrets, ...field } of [
      ...readAddresses(endpoint, (...inside) => this.#place('endpoint', ...inside), this.#variables),
      ...readAddresses(fromEnv, () => this.#place('env', 'MCP_ENDPOINT'), this.#variables),
    ]) {
      endpointFields.push(field);
      endpointVariables.push(...field.variables);
      this.#secrets.push(...secrets);
    }
    const isFilled = (...inside: JsonPath) => !this.#unfilled.has(pathText(inside));
    const reached = kindOf({ kind }).read(this.#entry, {
      ...{ raw: this.#raw, placeOf, isFilled },
      folder: workspaceFolder(this.source.file),
      platform: this.environment.platform,
      text: (value, ...inside) => this.#text(value, ...inside),
      report: (...findings) => this.#findings.push(...findings),
    });
    return {
      name: String(this.path.at(-1)),
      place: this.#place(),
      placeOf,
      enabled,
      isFilled,
      ...reached,
      env: Object.fromEntries(
        Object.entries(ownEnv).map(([name, value]) => [name, this.#text(value, 'env', name)]),
      ),
      fileEnv: this.#fileEnv(),
      ...(this.#variablesFile === undefined ? {} : { variablesFile: this.#variablesFile }),
      options: optionsOf(this.#entry, {
        ...{ ...tools, rotate: this.#turn(), share, callerEnv },
        ...{ calls: readCalls(this.#entry.calls), cache: readCache(this.#entry.cache), instances },
        ...{ ...start, lock, limits },
      }),
      endpointFields,
      endpointVariables,
      secretVariables: this.#secretVariables,
      findings: this.#findings,
      secrets: this.#secrets,
      namesAgent: this.#namesAgent,
    };
  }

  #place(...inside: JsonPath): Place {
    return this.source.place([...this.path, ...inside]);
  }

  /** Fills in the variables of a text; numbers and booleans become texts, with a warning. */
  #text(value: string | number | boolean, ...inside: JsonPath): string {
    const place = this.#place(...inside);
    if (typeof value !== 'string') {
      this.#findings.push(warningAt(place, 'number-for-text', { value: String(value) }));
      return String(value);
    }
    const { text, variables, findings, secrets } = interpolate(value, place, this.#variables);
    this.#namesAgent ||= variables.includes(AGENT_VARIABLE);
    this.#findings.push(...findings.map(aboutAgent));
    if (findings.length > 0) this.#unfilled.add(pathText(inside));
    this.#secrets.push(...secrets);
    this.#secretVariables.push(...variables.filter((name) => SECRET_NAME.test(name)));
    return text;
  }

  #enabled(): boolean {
    const disabled = this.#flag('disabled');
    const enabled = this.#flag('enabled') ?? this.#flag('isActive');
    if (disabled !== undefined && enabled !== undefined && disabled === enabled) {
      this.always.push(warningAt(this.#place('enabled'), 'disabled-and-enabled', { disabled, enabled }));
    }
    return disabled !== true && enabled !== false;
  }

  #flag(key: 'disabled' | 'enabled' | 'isActive'): boolean | undefined {
    const value = this.#entry[key];
    if (typeof value !== 'string') return value;
    const understood = value.toLowerCase() === 'true';
    const starts = (key !== 'disabled') === understood;
    const written = value.slice(0, 40);
    this.always.push(warningAt(this.#place(key), 'text-for-flag', { written, understood, starts }));
    return understood;
  }

  /** How the server is reached: as `type` says, else as its keys do. An entry that cannot be used is read as the usual kind. */
  #kind(): ServerKind {
    const all = Object.keys(KINDS) as [ServerKind];
    const [usual] = all;
    const key = (['type', 'transportType', 'transport'] as const).find(
      (name) => this.#entry[name] !== undefined,
    );
    const isMeant = (kind: ServerKind) => kindOf({ kind }).isMeant(this.#entry);
    const meant = all.find(isMeant);
    if (key === undefined) return meant ?? usual;
    const text = this.#entry[key]!;
    const written = text.slice(0, 40);
    const kind = kindNamed(text);
    if (kind === undefined) {
      this.#findings.push(errorAt(this.#place(key), 'unknown-transport', { written, known: all }));
      return meant ?? usual;
    }
    if (meant === undefined || isMeant(kind)) return kind;
    const { key: keyOfMeant } = kindOf({ kind: meant });
    if (keyOfMeant === kindOf({ kind }).key) return kind;
    this.#findings.push(errorAt(this.#place(key), 'type-contradicted', { written, key: keyOfMeant }));
    return meant;
  }

  #turn(): Turn {
    const { dwellMs, order } = this.#entry.rotate ?? {};
    return { dwellMs: typeof dwellMs === 'string' ? durationMs(dwellMs) : dwellMs, order };
  }

  /** Variables of the `envFile`, as VS Code and Cursor read it. */
  #fileEnv(): Readonly<Record<string, string>> {
    this.#envFile ??= this.#readEnvFile();
    return this.#envFile;
  }

  #readEnvFile(): Record<string, string> {
    if (this.#entry.envFile === undefined) return {};
    const file = resolve(workspaceFolder(this.source.file), this.#text(this.#entry.envFile, 'envFile'));
    if (this.#unfilled.has('envFile')) return {};
    this.#variablesFile = file;
    const { values, findings } = readEnvFile(file, this.#place('envFile'));
    this.#findings.push(...findings);
    return values;
  }
}

function valueAt(value: unknown, path: JsonPath): unknown {
  return path.reduce<unknown>(
    (inner, step) => (inner as Record<string | number, unknown> | undefined)?.[step],
    value,
  );
}
