import { resolve } from 'node:path';
import { originOf } from '../../config/allowed-origin.js';
import { errorAt, warningAt } from '../../config/finding.js';
import { GATEWAY } from '../../config/gateway-defaults.js';
import { isPath, isTaken } from '../../config/gateway-paths.js';
import type { GatewayOptions, GatewayPath } from '../../config/gateway-plan.js';
import { hostOf, isResponseHeader } from '../../config/gateway-section.js';
import { listeningHost } from '../../config/listen-address.js';
import { readNetwork } from '../../config/networks.js';
import type { Place } from '../../config/place.js';
import { shellCommand, splitWords } from '../../config/split-words.js';
import type { NamedCommand, Target } from '../../config/target.js';
import type { Finding } from '../../protocol/errors.js';
import { LONGEST_TIMER_MS } from '../../time/clock.js';
import { hasRemote, headersOf, isHttpAddress, type RemoteOptions, targetFrom } from '../remote-options.js';
import { type Advice, LEFT_OUT, REFUSED, type ServeFlags } from './flags.js';

/** What a command line asks for. */
export interface Serving {
  /** Undefined: every server of the configuration. */
  target: Target | undefined;
  gateway: GatewayOptions;
  /** `--config`, or its other name. */
  config: string | undefined;
  /** The endpoint to dial; undefined: those of the configuration. */
  endpoint: string | undefined;
}

/** Port of supergateway where its own options do not say. */
const SUPERGATEWAY_PORT = 8_000;

export interface ServeContext {
  platform: NodeJS.Platform;
  /** Whether the word is a file in the current folder. */
  isFile: (word: string) => boolean;
  /** Whether an option was given, by its attribute: some have a value without that. */
  isGiven: (attribute: string) => boolean;
}

/**
 * Reads the options of `serve`. Wrong ones are errors among the findings of the gateway.
 *
 * @throws UsageError when the server is named in two ways, or a header is none.
 */
export function readServeOptions(
  words: readonly string[],
  afterDashes: readonly string[] | undefined,
  flags: ServeFlags,
  context: ServeContext,
): Serving {
  return new Reader(flags, context).read(words, afterDashes);
}

class Reader {
  readonly #findings: Finding[] = [];

  constructor(
    readonly flags: ServeFlags,
    readonly context: ServeContext,
  ) {}

  read(words: readonly string[], afterDashes: readonly string[] | undefined): Serving {
    const { flags } = this;
    for (const [attribute, advice] of Object.entries(LEFT_OUT))
      if (this.context.isGiven(attribute)) this.#warn(attribute, advice);
    for (const [attribute, advice] of Object.entries(REFUSED))
      if (this.context.isGiven(attribute)) this.#refuse(attribute, advice);
    if (flags.config !== undefined && flags.namedServerConfig !== undefined)
      this.#refuse('named-server-config', 'both-configs');
    const target = this.#target(words, afterDashes);
    const gateway = {
      ...this.#listening(),
      ...this.#access(),
      ...this.#exposure(),
      ...this.#sessions(),
      paths: this.#paths(),
    };
    const isDialled = flags.endpoint !== undefined && !flags.endpoint.startsWith('/');
    return {
      target,
      gateway: { ...gateway, findings: this.#findings },
      config: flags.config ?? flags.namedServerConfig,
      endpoint: isDialled ? flags.endpoint : undefined,
    };
  }

  /** The servers: of the configuration, a command, several named ones, or a remote one. */
  #target(words: readonly string[], afterDashes: readonly string[] | undefined): Target | undefined {
    const { flags } = this;
    const { stdio, namedServer = [], namedServerConfig, env = [], cwd } = flags;
    const isTyped = words.length > 0 || afterDashes !== undefined;
    const isSeveral = namedServer.length > 0 || namedServerConfig !== undefined;
    const hasEnv = env.length > 0 || cwd !== undefined;
    if (stdio !== undefined ? isTyped || hasRemote(flags) : isSeveral && hasRemote(flags))
      this.#refuse(stdio === undefined ? 'named-server' : 'stdio', 'one-command');
    const isCommand = words.length > 1 || words.length === 0 || isSeveral || hasEnv;
    if (stdio === undefined && !isSeveral && !(isTyped && isCommand && !this.#isScript(words))) {
      if (hasEnv) this.#refuse(env.length > 0 ? 'env' : 'cwd', 'command-only');
      return this.#oneTarget(words, afterDashes);
    }
    const inherits = flags.passEnvironment !== false || !this.context.isGiven('passEnvironment');
    const typed = isTyped ? commandOf(words, afterDashes) : undefined;
    const command = stdio === undefined ? typed : this.#shellCommand(stdio);
    if (hasEnv && command === undefined) this.#refuse(env.length > 0 ? 'env' : 'cwd', 'command-only');
    const own = { cwd, inherits, env: Object.fromEntries(env.map(pairOf)) };
    const commands = [
      ...(command === undefined ? [] : [{ command, ...own }]),
      ...this.#named(namedServer).map((named) => ({ ...named, inherits })),
    ];
    const withConfigured = namedServerConfig !== undefined;
    return commands.length === 0 && withConfigured ? undefined : { commands, withConfigured };
  }

  /** A script with its arguments is started as everywhere else. */
  #isScript([first = '', ...rest]: readonly string[]): boolean {
    return rest.length > 0 && /\.(?:[cm]?js|ts|py)$/.test(first) && this.context.isFile(first);
  }

  /** One word is a server, a script, a program or an address; without any, it is the whole configuration. */
  #oneTarget(
    [first, ...rest]: readonly string[],
    afterDashes: readonly string[] | undefined,
  ): Target | undefined {
    const { header, ...others } = this.flags;
    const isRemote = hasRemote(others) || (first !== undefined && isHttpAddress(first));
    // Without a remote server, headers are those of responses.
    const remote: RemoteOptions = isRemote && header ? { ...others, header } : others;
    const args = rest.length > 0 ? [...rest, ...(afterDashes ? ['--', ...afterDashes] : [])] : afterDashes;
    const target = targetFrom(first, args, remote, true);
    return target && 'name' in target ? { ...target, mayBeProgram: true } : target;
  }

  #shellCommand(text: string): readonly string[] {
    const command = shellCommand(text, this.context.platform);
    if (command !== undefined && text.trim() !== '') return command;
    this.#refuse('stdio', command === undefined ? 'unclosed' : 'no-command');
    // Some server is there: that none is would be a second error for the same thing.
    return ['--stdio'];
  }

  #named(given: readonly string[]): NamedCommand[] {
    const names = new Set<string>();
    return given.flatMap((pair) => {
      const [name = '', text = ''] = pair.split('\0');
      const split = splitWords(text, this.context.platform);
      if (names.has(name)) this.#refuse('named-server', 'named-twice');
      if (split === undefined) this.#refuse('named-server', 'unclosed');
      else if (split.words.length === 0) this.#refuse('named-server', 'no-command');
      names.add(name);
      return [{ name, command: split?.words.length ? split.words : [name || '--named-server'] }];
    });
  }

  #listening(): GatewayOptions {
    const { flags } = this;
    const { host = flags.sseHost, stdio, baseUrl, apiKey } = flags;
    for (const old of ['ssePort', 'sseHost'] as const)
      if (flags[old] !== undefined) this.#warn(old, 'new-name');
    const listened = host === undefined ? undefined : listeningHost(host);
    if (host !== undefined && listened === undefined) this.#add('host', 'gateway-host');
    if (stdio !== undefined && host === undefined) this.#warn('stdio', 'loopback');
    const port =
      flags.port ??
      this.#number('ssePort', 0, 65_535) ??
      (stdio === undefined ? undefined : SUPERGATEWAY_PORT);
    if (apiKey !== undefined) this.#warn('api-key', 'key-visible');
    if (baseUrl) this.#warn('baseUrl', 'base-url');
    return {
      ...(listened === undefined ? {} : { host: listened }),
      ...(port === undefined ? {} : { port }),
      ...(apiKey === undefined ? {} : { keys: { key: apiKey } }),
    };
  }

  /** Which pages and names may be used, and the headers of responses. */
  #access(): GatewayOptions {
    const { flags } = this;
    const {
      allowOrigin = [],
      cors,
      exposeHeader,
      header = [],
      baseUrl,
      oauth2Bearer,
      allowHost = [],
    } = flags;
    const fromCors =
      cors === undefined ? [] : cors === true ? ['*'] : cors.map((one) => (one === true ? '*' : one));
    const origins = [
      ...allowOrigin.map((text) => ['allow-origin', text] as const),
      ...fromCors.map((text) => ['cors', text] as const),
    ].flatMap(([flag, text]) => {
      const origin = originOf(text);
      if (origin !== undefined) return [origin];
      this.#add(flag, 'gateway-origin');
      return [];
    });
    const hosts = allowHost.flatMap(
      (text) => hostOf(text) ?? this.#none('allow-host', 'gateway-allowed-host'),
    );
    const ofBase = baseUrl && URL.canParse(baseUrl) ? [new URL(baseUrl).host] : [];
    const responseHeaders = hasRemote(flags) ? {} : headersOf(header);
    for (const [name, value] of Object.entries(responseHeaders))
      if (!isResponseHeader(name, value)) this.#add('header', 'gateway-header');
    if (oauth2Bearer !== undefined) this.#refuse('oauth2Bearer', 'bearer');
    return {
      ...(origins.length > 0 ? { allowedOrigins: [...new Set(origins)] } : {}),
      ...(hosts.length + ofBase.length > 0 ? { allowedHosts: [...new Set([...hosts, ...ofBase])] } : {}),
      ...(exposeHeader ? { exposedHeaders: exposeHeader } : {}),
      ...(Object.keys(responseHeaders).length > 0 ? { responseHeaders } : {}),
    };
  }

  /** What a gateway needs that others reach. */
  #exposure(): GatewayOptions {
    const { flags } = this;
    const { insecureNoAuth, tlsCert = flags.sslCert, tlsKey = flags.sslKey, trustProxy = [] } = flags;
    const networks = trustProxy.flatMap((text) =>
      readNetwork(text) ? [text] : this.#none('trust-proxy', 'gateway-network'),
    );
    const hasTls = tlsCert !== undefined && tlsKey !== undefined;
    if (!hasTls && (tlsCert ?? tlsKey) !== undefined)
      this.#add(tlsCert === undefined ? 'tls-key' : 'tls-cert', 'gateway-tls');
    return {
      ...(insecureNoAuth ? { insecureNoAuth } : {}),
      ...(networks.length > 0 ? { trustProxy: networks } : {}),
      ...(hasTls ? { tls: { cert: resolve(tlsCert), key: resolve(tlsKey) } } : {}),
    };
  }

  #sessions(): GatewayOptions {
    const { stateless, stateful, stdio, outputTransport } = this.flags;
    if (stateless === true && stateful) this.#refuse('stateful', 'state');
    // supergateway answers each POST by itself unless told otherwise.
    const isTheirs = stdio !== undefined && outputTransport === 'streamableHttp' && !stateful;
    const wanted = this.context.isGiven('stateless') ? stateless : isTheirs || undefined;
    const sessionIdleMs = this.#number('sessionTimeout', GATEWAY.leastSessionIdleMs, LONGEST_TIMER_MS);
    const maxBodyBytes = this.#number('maxBodySize', GATEWAY.leastBodyBytes, GATEWAY.mostBodyBytes);
    return {
      ...(wanted === undefined ? {} : { stateless: wanted }),
      ...(sessionIdleMs === undefined ? {} : { sessionIdleMs }),
      ...(maxBodyBytes === undefined ? {} : { maxBodyBytes }),
    };
  }

  /** Paths at which clients of other gateways look. */
  #paths(): GatewayOptions['paths'] {
    const { flags } = this;
    const { stdio, messagePath, ssePath, streamableHttpPath, server, endpoint } = flags;
    const { outputTransport = stdio === undefined ? undefined : 'sse' } = flags;
    const known = [undefined, 'sse', 'ws', 'streamableHttp'];
    if (outputTransport === 'stdio') this.#refuse('output-transport', 'stdio-output');
    else if (!known.includes(outputTransport)) this.#refuse('output-transport', 'transport');
    if (server !== undefined && server !== 'sse' && server !== 'stream')
      this.#refuse('server', 'punkpeye-server');
    const isWs = outputTransport === 'ws';
    const ofEndpoint = endpoint?.startsWith('/') ? endpoint : undefined;
    const all: Record<GatewayPath, (string | undefined)[]> = {
      http: [streamableHttpPath, flags.streamEndpoint, server === 'sse' ? undefined : ofEndpoint],
      sse: [ssePath, flags.sseEndpoint, server === 'sse' ? ofEndpoint : undefined],
      message: isWs ? [] : [messagePath ?? (outputTransport === 'sse' ? '/message' : undefined)],
      ws: isWs ? [messagePath ?? '/message'] : [],
      health: [...(flags.healthEndpoint ?? []), server === undefined ? undefined : '/ping'],
    };
    const read = Object.entries(all).map(([kind, given]) => {
      const paths = given.filter((path) => path !== undefined);
      for (const path of paths)
        if (!isPath(path)) this.#add(kind, 'gateway-path');
        else if (isTaken(kind as GatewayPath, path)) this.#add(kind, 'gateway-path-taken');
      return [kind, paths] as const;
    });
    return Object.fromEntries(read.filter(([, paths]) => paths.length > 0));
  }

  #number(
    attribute: 'ssePort' | 'sessionTimeout' | 'maxBodySize',
    least: number,
    most: number,
  ): number | undefined {
    const text = this.flags[attribute];
    if (text === undefined) return undefined;
    const number = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
    if (number >= least && number <= most) return number;
    this.#findings.push(
      errorAt(place(attribute), 'shape', { shape: { id: 'number', least, most }, came: 'text' }),
    );
    return undefined;
  }

  #none(flag: string, id: 'gateway-allowed-host' | 'gateway-network'): [] {
    this.#add(flag, id);
    return [];
  }

  #add(
    flag: string,
    id:
      | 'gateway-host'
      | 'gateway-origin'
      | 'gateway-allowed-host'
      | 'gateway-header'
      | 'gateway-network'
      | 'gateway-tls'
      | 'gateway-path'
      | 'gateway-path-taken',
  ): void {
    this.#findings.push(errorAt(place(flag), id));
  }

  #warn(flag: string, advice: Advice): void {
    this.#findings.push(warningAt(place(flag), 'serve-flag', { advice }));
  }

  #refuse(flag: string, advice: Advice): void {
    this.#findings.push(errorAt(place(flag), 'serve-flag', { advice }));
  }
}

/** The words behind `serve` as a command; `--` between them belongs to it. */
function commandOf(words: readonly string[], afterDashes: readonly string[] | undefined): string[] {
  return [...words, ...(words.length > 0 && afterDashes ? ['--'] : []), ...(afterDashes ?? [])];
}

function pairOf(pair: string): [string, string] {
  const at = pair.indexOf('=');
  return at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)];
}

function place(flag: string): Place {
  return { file: '', path: `--${flag}`, line: undefined };
}
