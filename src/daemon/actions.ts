import { type ControlMethods, ControlRefusal, type ControlRequest } from '../faces/control/server.js';
import { type Lang, messagesFor } from '../messages/index.js';
import type { Health, HealthReport } from '../observe/health.js';
import type { LogRing } from '../observe/log-ring.js';
import { checked, mustBeNamed, planOf, type Shape } from './action-params.js';
import type { RunBlackBox } from './black-box.js';
import { checksOf } from './checks.js';
import { clientActions } from './client-actions.js';
import { configurationHealth, findingTexts, formatRefusedEdit } from './configuration-report.js';
import type { Daemon } from './daemon.js';
import { demandActions } from './demand-actions.js';
import { feedActions } from './feed-action.js';
import type { RunGateway } from './gateway/run-gateway.js';
import { healthFacts } from './health-facts.js';
import { heldActions } from './held-actions.js';
import type { PageState } from './http/http-plans.js';
import { launchFacts } from './launch-facts.js';
import type { Link } from './links.js';
import { followLog, readLog } from './log-actions.js';
import { loginsHealth } from './login/login-health.js';
import type { RunPackages } from './packages/run-packages.js';
import type { RedisReport } from './redis.js';
import type { RunFeed } from './run-feed.js';
import type { RunFootprints } from './run-footprints.js';
import { type RunningConfig, StoppingError } from './running-config.js';
import { toolActions } from './tool-actions.js';
import { namedIn } from './without-paused.js';

/** The parts of a running mcp-pipe that its actions act on. */
export interface ActionContext {
  daemon: Pick<Daemon, 'links' | 'restart' | 'calls'> &
    Partial<Pick<Daemon, 'accept' | 'clients' | 'instances' | 'users' | 'policy' | 'processes'>>;
  /** Version of mcp-pipe. */
  version?: string;
  health: Health;
  /** What is served over HTTP; undefined when the run has no such thing. */
  http?: { readonly page: PageState | undefined };
  /** The gateway of it. */
  gateway?: Pick<RunGateway, 'state' | 'facts'> & Partial<Pick<RunGateway, 'opened' | 'logins'>>;
  /** The configuration; undefined when the run has none that could be read again. */
  config?: RunningConfig;
  /** The Redis that machines share; undefined: there is none. */
  redis?: { readonly facts: RedisReport } | undefined;
  /** What was measured of servers that are packages; undefined: there are none. */
  footprints?: Pick<RunFootprints, 'savings'> | undefined;
  /** Where its packages are locked; undefined: none is. */
  packages?: Pick<RunPackages, 'places'>;
  /** Stops the run. */
  stop?: () => void;
  /** The latest records of the log; undefined when none are kept. */
  log?: LogRing;
  /** What the status page is told; undefined when the run has no feed. */
  feed?: Pick<RunFeed, 'load'>;
  /** Hands everything over to another process; undefined when the run cannot. */
  handover?: { readonly methods: ControlMethods };
  /** The last frames and events of each link; undefined when the run keeps none. */
  blackBox?: RunBlackBox;
}

/** One request that a running daemon answers. */
interface Action {
  /** Checked in this order before `run`. */
  params: Readonly<Record<string, Shape>>;
  /** Whether it changes anything. `reveal`: it changes nothing, and shows what who may only look does not see. */
  does: 'read' | 'reveal' | 'write';
  /** Returns the result, as JSON. @throws ControlRefusal */
  run(asked: ControlRequest): unknown;
}

type Actions = Readonly<Record<string, Action>>;

/**
 * The requests that a running daemon answers:
 *
 *     health { lang? }                               -> HealthReport, its texts in that language
 *     links                                          -> { links: LinkHealth[] }
 *     restart | pause | resume { name, lang? }       -> { name, servers, links, changed }: those that were restarted, paused or
 *                                                       resumed; in `changed` nothing else; of `restart`, in `asleep`
 *                                                       those that have no process until their next call
 *     wake | sleep { name, lang? }                   -> the same: those that are started, and those that are stopped until a call comes
 *     reconnect { name, lang? }                      -> { name, servers, links, did }: the links that connect again; what each does
 *     reload { lang? }                               -> { readAt, isChanged, diff, warnings }; refused: data { findings }
 *     keys/reload                                    -> { pid, file, keys, ended, origin }: the file of keys was read; null: no gateway has one
 *     stop                                           -> { pid }; the daemon stops after that
 *     blackbox { name? }                             -> { files }: what is kept of the links of that name, or of all, was written there
 *     calls                                          -> { calls: RunningCall[] }: the calls in flight
 *     tools/list { server }                          -> { tools }, all pages
 *     tools/call { server, name, arguments? }        -> the server's result; its progress as notifications before
 *     approvals { whole? } -> ShownHeld; approve { ids, aheadMs? } | decline { ids, reason? } -> Decided: see held-actions.ts
 *     logs { name?, sinceMs?, level?, limit? }       -> { records, dropped }: the latest records of the log, as objects; of one
 *                                                       server, link or agent; since a time in ms since 1970
 *     feed/follow { lang?, view? }                   -> FeedSnapshot (protocol/feed.ts), then a notification `feed` { message } for each
 *                                                       further message
 *     oauth/logins | oauth/end { id }                -> { logins: Login[] | null } | { login: Login | null }: daemon/client-actions.ts
 *     attach { protocol, servers?, agent? }          -> { pid, version, servers, leftOut }; then the connection is that of an MCP
 *                                                       client of those servers: messages as lines, both ways
 *     logs/follow { name?, sinceMs?, level?, limit? } -> the same, then a notification `log` { record } for each further one
 *
 * A server and its tools have their own names here, even when the server shares its link with others.
 */
function actionsOf(context: ActionContext): Actions {
  const { daemon, health } = context;
  const report = (lang?: Lang) => health.report(process.pid, Date.now(), lang);
  return {
    health: {
      ...{ params: { lang: 'lang' }, does: 'read' },
      run: async ({ params }) => {
        const launches = await launchesOf(context);
        return {
          ...withChecks(context, report(params.lang as Lang | undefined)),
          ...healthFacts(context),
          ...ofConfig(context, (params.lang as Lang | undefined) ?? 'en'),
          ...launches,
        };
      },
    },
    links: { params: {}, does: 'read', run: () => ({ links: report().links }) },
    calls: { params: {}, does: 'read', run: () => ({ calls: daemon.calls }) },
    ...lifeActions(context),
    ...configActions(context),
    'keys/reload': { params: {}, does: 'write', run: () => reloadKeys(context) },
    stop: {
      ...{ params: { lang: 'lang' }, does: 'write' },
      run: ({ params }) => stop(context, params.lang as Lang | undefined),
    },
    blackbox: {
      ...{ params: { name: 'any', lang: 'lang' }, does: 'write' },
      run: (asked) => writeBlackBox(context, asked),
    },
    ...toolActions(daemon),
    ...(daemon.policy ? heldActions(daemon.policy) : {}),
    ...logActions(context),
    ...(context.feed ? feedActions(context.feed) : {}),
    ...clientActions(context),
  };
}

/** The report, with what it comes to: as the addresses of health have it. */
function withChecks({ gateway }: ActionContext, report: HealthReport): object {
  const { status } = checksOf({ at: report.at, report, gateway: gateway?.facts });
  return { ...report, healthy: status !== 'down', status };
}

function logActions(context: ActionContext): Actions {
  const { log } = context;
  if (!log) return {};
  const params = { name: 'any', sinceMs: 'number', level: 'level', limit: 'number' } as const;
  return {
    logs: { params, does: 'read', run: (asked) => readLog(log, planOf(context), asked) },
    'logs/follow': { params, does: 'read', run: (asked) => followLog(log, planOf(context), asked) },
  };
}

/** What `health` says of the configuration; nothing when the run has none. */
function ofConfig({ config }: ActionContext, lang: Lang): object {
  if (!config) return {};
  const logins = loginsHealth(config.plan, lang);
  return {
    configuration: configurationHealth(config.state, lang),
    paused: config.paused,
    ...(logins.length > 0 ? { logins } : {}),
  };
}

/** How the next processes of its servers are started. */
async function launchesOf({ config, packages }: ActionContext): Promise<object> {
  const launches = config ? await launchFacts(config.plan.servers, packages?.places.lockFiles) : {};
  return Object.keys(launches).length > 0 ? { launches } : {};
}

/** What a person does to a server or link. */
function lifeActions(context: ActionContext): Actions {
  const params = { name: 'name', lang: 'lang' } as const;
  const change = async (act: 'pause' | 'resume', { params: { name, lang } }: ControlRequest) => {
    const config = configOf(context, lang as Lang | undefined);
    const { isServer, servers, links } = namedIn(config.plan, name as string);
    const changed = await config[act](isServer ? servers : links);
    return isServer ? { name, servers: changed, links, changed } : { name, servers, links: changed, changed };
  };
  return {
    restart: {
      ...{ params, does: 'write' },
      run: async ({ params: { name } }) => {
        const { servers, links } = namedIn(planOf(context), name as string);
        const { config, daemon } = context;
        const done = config ? undefined : await Promise.all(servers.map((server) => daemon.restart(server)));
        const changed = config ? await config.restart(servers) : servers.filter((_, i) => done?.[i]);
        const isAsleep = (server: string) =>
          (daemon.processes ?? []).some((one) => one.name === server && one.parking.isParked);
        const asleep = servers.filter((server) => !changed.includes(server) && isAsleep(server));
        return { name, servers: changed, links, changed, ...(asleep.length > 0 ? { asleep } : {}) };
      },
    },
    pause: { params, does: 'write', run: (asked) => change('pause', asked) },
    resume: { params, does: 'write', run: (asked) => change('resume', asked) },
    ...demandActions(context.daemon, (name) => namedIn(planOf(context), name).servers),
    reconnect: { params, does: 'write', run: ({ params: { name } }) => reconnect(context, name as string) },
  };
}

/** `did` says of each running link what it does, a word of `Reconnected`. */
function reconnect(context: ActionContext, name: string): object {
  const { isServer, servers, links } = namedIn(planOf(context), name);
  // A link may have the servers of another one of its token.
  const uses = (link: Link) =>
    isServer ? link.servers.some((one) => servers.includes(one)) : links.includes(link.name);
  const did = context.daemon.links.filter(uses).map((link) => [link.name, link.reconnect('asked')] as const);
  const again = did.flatMap(([link, does]) => (does === 'closes' || does === 'dials' ? [link] : []));
  return { name, servers, links: again, did: Object.fromEntries(did) };
}

function configActions(context: ActionContext): Actions {
  return {
    reload: {
      ...{ params: { lang: 'lang' }, does: 'write' },
      run: async ({ params }) => {
        const lang = (params.lang as Lang | undefined) ?? 'en';
        const config = configOf(context, lang);
        try {
          const { warnings, ...done } = await config.reload('asked');
          return { ...done, warnings: findingTexts(warnings, lang).map(({ text }) => text) };
        } catch (error) {
          if (error instanceof StoppingError) throw error;
          const { text, findings } = formatRefusedEdit(error as Error, lang, config.state.watching);
          throw new ControlRefusal(EDIT_REFUSED, text, { findings });
        }
      },
    },
  };
}

function reloadKeys({ gateway }: ActionContext): object {
  const { opened } = gateway ?? {};
  const done = opened?.reloadKeys() ?? { file: null, keys: 0, ended: 0 };
  return { pid: process.pid, ...done, origin: opened?.origin ?? null };
}

/** JSON-RPC 2.0 §5.1 leaves these codes to implementations. */
const EDIT_REFUSED = -32010;
const CANNOT = -32011;

function stop({ stop: ask }: ActionContext, lang: Lang = 'en'): { pid: number } {
  if (!ask) throw new ControlRefusal(CANNOT, messagesFor(lang).reload.cannotStop);
  // Only after the answer is sent.
  setImmediate(ask);
  return { pid: process.pid };
}

async function writeBlackBox(context: ActionContext, { params }: ControlRequest): Promise<object> {
  const { name, lang } = params;
  const { blackBox } = context;
  if (!blackBox) throw new ControlRefusal(CANNOT, messagesFor((lang as Lang) ?? 'en').blackBox.none);
  if (name !== undefined) mustBeNamed(context, name, lang);
  const links = name === undefined ? blackBox.links : namedIn(planOf(context), name as string).links;
  try {
    return { files: await blackBox.writeNow(links) };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const { folder } = blackBox;
    const text = messagesFor((lang as Lang) ?? 'en').blackBox.unwritable({
      folder,
      message: code ?? message,
    });
    throw new ControlRefusal(CANNOT, text);
  }
}

function configOf({ config }: ActionContext, lang: Lang = 'en'): RunningConfig {
  if (config) return config;
  throw new ControlRefusal(CANNOT, messagesFor(lang).reload.cannotReload);
}

/**
 * The requests that the control socket answers: the same, and
 *
 *     holder { serves }                              -> { pid, since, leaves }: the process that listens here; whether it
 *                                                       gives up the socket, because the asking process has a lease and
 *                                                       it has none
 *     handover { … }, handover/release, handover/finish -> protocol/handover.ts
 *
 * @param hears Called with each request that changes something, before it is done.
 */
export function controlMethods(
  context: ActionContext,
  holder: ControlMethods[string],
  hears: (action: string, params: ControlRequest['params']) => void = () => {},
): ControlMethods {
  const methods = Object.entries(answersOf(context)).map(([name, { does, run }]) => {
    const heard = (asked: ControlRequest) => {
      if (does === 'write') hears(name, asked.params);
      return run(asked);
    };
    return [name, heard] as const;
  });
  // Not for the status page: the connection that asks is part of it.
  return { ...Object.fromEntries([['holder', holder] as const, ...methods]), ...context.handover?.methods };
}

/** Each action with its checks, by name. */
export function answersOf(context: ActionContext): Readonly<Record<string, Pick<Action, 'does' | 'run'>>> {
  const all = Object.entries(actionsOf(context)).map(([name, action]) => {
    const run = (asked: ControlRequest) => answered(action, asked, context);
    return [name, { does: action.does, run }] as const;
  });
  return Object.fromEntries(all);
}

async function answered(action: Action, asked: ControlRequest, context: ActionContext): Promise<unknown> {
  const { lang } = checked(action.params, asked, context).params;
  try {
    return await action.run(asked);
  } catch (error) {
    if (!(error instanceof StoppingError)) throw error;
    throw new ControlRefusal(CANNOT, messagesFor((lang as Lang) ?? 'en').reload.stopping);
  }
}
