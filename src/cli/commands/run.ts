import { fileURLToPath } from 'node:url';
import { type LoadedConfig, loadConfig } from '../../config/load.js';
import { makePlan } from '../../config/plan.js';
import { addAlerts } from '../../daemon/alerts/alert-observer.js';
import { App } from '../../daemon/app.js';
import { RunBlackBox } from '../../daemon/black-box.js';
import { ControlSocket, type ControlSocketOptions } from '../../daemon/control-socket.js';
import { takenElsewhere } from '../../daemon/copies.js';
import type { FeedParts } from '../../daemon/feed-sources.js';
import { heldOfRun, waitsForPerson } from '../../daemon/held-of-run.js';
import { RunHttp } from '../../daemon/http/run-http.js';
import { countStored } from '../../daemon/keys/count-stored.js';
import { knownServersOf } from '../../daemon/known-of-run.js';
import { LearnedFile } from '../../daemon/learned-file.js';
import { openLeases } from '../../daemon/leases.js';
import { logConfig } from '../../daemon/log-config.js';
import { loginsHealth } from '../../daemon/login/login-health.js';
import { overRedis } from '../../daemon/over-redis.js';
import { packagesOf } from '../../daemon/packages/run-packages.js';
import { RunFeed } from '../../daemon/run-feed.js';
import { RunFootprints } from '../../daemon/run-footprints.js';
import {
  type DependsOn,
  type ReadConfig,
  type ReadPlan,
  type Reloaded,
  RunningConfig,
} from '../../daemon/running-config.js';
import { hangupMeansReload, listenForStop } from '../../daemon/shutdown.js';
import { stateFolderOf } from '../../daemon/state-folder.js';
import { texts } from '../../messages/commands/run.js';
import { messagesFor } from '../../messages/index.js';
import { LogRing } from '../../observe/log-ring.js';
import type { ObservedPlan, Observer } from '../../observe/observer.js';
import { idleClock } from '../../time/clock.js';
import type { CommandLine } from '../describe/localized-command.js';
import { ExitCode } from '../exit-codes.js';
import { RunHandover } from '../handover.js';
import { RunHeap } from '../heap.js';
import { httpHears } from '../http-hears.js';
import { languageOf } from '../language.js';
import { openLog, type RunningLog } from '../logging.js';
import { modeOf } from '../mode-options.js';
import { logOAuth } from '../oauth-log.js';
import { logOtherCopy } from '../other-copy.js';
import { packageRoot } from '../package-root.js';
import { logPageAct } from '../page-log.js';
import { targetFrom } from '../remote-options.js';
import { choiceOf, type RunOptions } from '../run-options.js';
import { auditOf, countsOf, redisOf } from '../run-parts.js';
import { formatLink, logStart } from '../run-start.js';
import { addSentry } from '../sentry.js';
import type { Serving } from '../serve/read-options.js';
import { traceFrames } from '../trace-frames.js';
import { otlpSecrets, type RunTracing, startTracing, tracingOf } from '../tracing.js';
import { watchForUpdates } from '../update/notice.js';
import { version } from '../version.js';
import { type LocalEndpoint, openLocalEndpoint } from './local.js';

/** `mcp-pipe [target]`: loads, plans, and runs until a stop signal. Returns the exit code. */
export async function run(
  target: string | undefined,
  { afterDashes: command, commandNames }: CommandLine,
  options: RunOptions,
  serving?: Serving,
): Promise<number> {
  const heap = new RunHeap();
  const cwd = process.cwd();
  const load = () =>
    loadConfig({
      ...{ file: options.config, envFile: options.envFile, env: process.env, cwd },
      countStored: countStored(options.config),
    });
  const mode = modeOf(options);
  const local = options.local ? await openLocalEndpoint(options.port ?? 0) : undefined;
  try {
    const chosen = serving ? serving.target : targetFrom(target, command, options);
    // D192: one server that is tried out does not take the port of those that run.
    const gateway = serving?.gateway ?? (chosen === undefined ? ('configured' as const) : undefined);
    const planned = (loaded: LoadedConfig, dependsOn: DependsOn = () => {}): ReadPlan => {
      const { file, envFile, wantedFile, environment } = loaded;
      const files = () => [wantedFile, envFile, ...environment.valueFiles];
      // Each server on a connection of its own: with one token, all but one would wait for a lease.
      const isApart = (mode.mode ?? loaded.mode) === 'pipe';
      const planOptions = {
        target: chosen,
        gateway,
        ui: { ui: options.ui, metrics: options.metrics, configured: chosen === undefined },
        endpointOverride: options.endpoint,
        agent: options.agent,
        endpointFor: local?.endpoints(isApart),
        ...{ audit: options.audit, insecureNoAuth: options.insecureNoAuth },
        noProxy: options.proxy === false,
        ...mode,
        ...{ cwd, commandNames },
      };
      try {
        return { plan: makePlan(loaded, planOptions), file, envFile, files: files() };
      } finally {
        dependsOn(files());
      }
    };
    const read: ReadConfig = async (dependsOn) => planned(await load(), dependsOn);
    // In a function, which ends: this one runs for as long as mcp-pipe does, and would keep the whole configuration.
    const readFirst = async () => {
      const config = await load();
      return { first: planned(config), env: config.env, wanted: config.updateNotice };
    };
    const { first, env, wanted } = await readFirst();
    const ring = new LogRing();
    const otlp = tracingOf(options.otlp, first.plan.otlp);
    const secrets = [...first.plan.secrets, ...otlpSecrets(otlp, process.env)];
    const log = await openLog(options, env, secrets, { ring, keepsFile: true });
    const lang = languageOf(options.lang, process.env);
    const { logger } = log;
    const updates = watchForUpdates({ logger, lang, env, npmEnv: first.plan.inherited, wanted });
    const tracing = await startTracing(otlp, { version: version(), env: process.env, logger, lang });
    try {
      const isPartial = chosen !== undefined || options.agent !== undefined;
      return await runPlan(first, read, { heap, log, ring, tracing, isPartial }, options, local);
    } finally {
      updates.close();
      await tracing?.stop();
      log.hide();
      await log.flush();
    }
  } finally {
    await local?.close();
  }
}

interface RunSurroundings {
  heap: RunHeap;
  log: RunningLog;
  ring: LogRing;
  tracing: RunTracing | undefined;
  /** Only a part of the configuration is to run. */
  isPartial: boolean;
}

async function runPlan(
  first: ReadPlan,
  read: ReadConfig,
  { heap, log, ring, tracing, isPartial }: RunSurroundings,
  { exitWhenAllFailed = false, watch = false, lang: wanted, config, control, takeOver = false }: RunOptions,
  local: LocalEndpoint | undefined,
): Promise<number> {
  const { plan } = first;
  const { logger, flush } = log;
  const lang = languageOf(wanted, process.env);
  const words = texts[lang];
  const choice = choiceOf({ config, control });
  const handover = await RunHandover.begin({ takeOver, isPartial }, plan, choice, { logger, lang });
  const redis = await redisOf(plan, logger, lang);
  const leases = openLeases(
    lang,
    (text) => logger.warn({ code: 'LEASES_UNAVAILABLE' }, text),
    (here) => redis?.slots(here) ?? here,
  );
  let allFailed = () => {};
  const failed = new Promise<'all-failed'>((resolve) => {
    allFailed = () => resolve('all-failed');
  });
  const packages = packagesOf(config, () => running.plan);
  const ofRun: Observer[] = [
    ...[...handover.observers, packages, heap],
    // A link that dials has a lease.
    { name: 'control', onStatus: ({ type }) => void (type === 'dialing' && seat.serves()) },
  ];
  if (exitWhenAllFailed)
    ofRun.push({ name: 'exit', onStatus: () => app.watch.snapshot.allFailed() && allFailed() });
  const announce = ({ links }: Pick<ObservedPlan, 'links'>) =>
    local?.announce(
      links.map((link) => ({ name: formatLink(link), endpoint: link.endpoint })),
      log.print,
      words,
    );
  if (local) ofRun.push({ name: 'local', onPlan: announce });
  if (logger.isLevelEnabled('trace')) ofRun.push({ name: 'trace', onFrame: traceFrames(logger, words) });
  const { onObserverFailed } = log;
  const folder = stateFolderOf(config);
  const blackBox = new RunBlackBox({ folder, version: version(), secrets: plan.secrets, logger, lang });
  const counted = {
    app: () => app,
    config: () => running,
    auditLost: () => audit?.lost,
    redis,
    http: () => http,
  };
  let counts = plan.ui || plan.metrics ? await countsOf(plan, counted) : undefined;
  let audit = plan.audit ? await auditOf(plan, { folder, logger, lang }) : undefined;
  const footprints = new RunFootprints(plan, { folder, plan: () => running.plan });
  const observers = [
    ...[...log.observers, blackBox, ...ofRun, ...(counts?.observers ?? [])],
    ...(audit ? [audit] : []),
    footprints,
  ];
  const listHabits = new LearnedFile(folder);
  const ofApp = {
    ...heldOfRun(folder, logger, lang),
    knownServers: knownServersOf(config),
    ...(redis ? overRedis(redis.link, logger, lang) : {}),
    ...{ leases, listHabits, packages },
    lang,
    observers,
    onObserverFailed,
    trace: tracing?.start,
  };
  const app: App = new App(handover.firstPlan, { version: version(), ...ofApp });
  const http = new RunHttp({
    ...{ daemon: app.daemon, version: version(), health: app.watch.reports, lang, folder },
    pageFiles: fileURLToPath(new URL('dist/page/', packageRoot)),
    onAct: (act) => {
      counts?.acted(act, 'page');
      audit?.acted(act, 'page');
      logPageAct(act, logger, lang);
    },
    onOAuth: (event) => logOAuth(event, { logger, lang, audit }),
    ...httpHears({ logger, lang, audit: () => audit, config: () => running }),
  });
  http.metrics = counts?.metrics;
  http.audit = audit?.write;
  // Before anything else is opened: a port that is taken ends the run here.
  await http.open(handover.firstPlan);
  const tellAddresses = async (isForPeople: boolean) => {
    const { opened } = http.gateway;
    const { gateway: next } = running.plan;
    if (!opened || !next) return;
    const { announceGateway } = await import('../serve/announce.js');
    announceGateway({ gateway: opened, plan: next }, log, lang, isForPeople);
  };
  const tellPage = async () => {
    if (!running.plan.ui && !running.plan.metrics) return;
    const { announcePage } = await import('../page-link.js');
    announcePage(http, { log, lang, config });
  };
  let isCountingLate = false;
  /** A page or metrics have come with a reload. */
  const countLate = async () => {
    // The next reload may come while the code is loaded.
    if (isCountingLate || (!running.plan.ui && !running.plan.metrics)) return;
    isCountingLate = true;
    counts = await countsOf(running.plan, counted).finally(() => {
      isCountingLate = false;
    });
    app.observers.push(...counts.observers);
    http.metrics = counts.metrics;
    logger.info({ event: 'ui-counts-later' }, messagesFor(lang).ui.countsLater);
  };
  /** An audit log has come with a reload. */
  const auditLate = async () => {
    const made = await auditOf(running.plan, { folder, logger, lang });
    if (audit) return await made.close();
    audit = made;
    http.audit = made.write;
    app.observers.push(made);
    logger.info({ event: 'audit-later' }, messagesFor(lang).failures.audit.later);
  };
  const ofLog = logConfig(logger, lang, watch);
  /** An update may have replaced the files of what a reload brings: that ends nothing. */
  const late = (name: string, done: Promise<void>) =>
    void done.catch((error) => onObserverFailed(name, error));
  const reloaded = (done: Reloaded) => {
    ofLog.reloaded(done);
    const { gateway: isOther, ui, servers, links, profiles } = done.diff;
    if (ui) late('page', tellPage());
    if (ui && !counts) late('metrics', countLate());
    if (done.diff.audit && !audit) late('audit', auditLate());
    // Agents have addresses as well.
    const isKept = [...servers, ...links].every(({ change }) => change !== 'added' && change !== 'removed');
    if (isOther || profiles || !isKept) late('gateway', tellAddresses(false));
  };
  const hears = { ...ofLog, reloaded };
  const running: RunningConfig = new RunningConfig({
    ...{ app, http, read, first, watching: watch, hears },
    isWell: (server) => app.watch.isWell(server),
    ...handover.ofConfig,
  });
  const sentry = addSentry(app, plan, { log: ring, logger, lang });
  const alerts = addAlerts(app, plan, logger, lang, {
    onNews: sentry.alerted,
    logins: (wanted) => loginsHealth(running.plan, wanted),
    waits: (wanted) => waitsForPerson(app.daemon.policy.held, wanted),
  });
  // The listener has heard why an edit was refused.
  const reload = () => void running.reload('SIGHUP').catch(() => {});
  const stop = listenForStop(() => app.force(), hangupMeansReload(process.env) ? reload : undefined);
  let stopAsked = () => {};
  const asked = new Promise<'asked'>((resolve) => {
    stopAsked = () => resolve('asked');
  });
  const giving = handover.giveFrom(app, running);
  const isServing = () => leases.isHolding || giving.isRunning;
  const { gateway } = http;
  const parts: FeedParts = {
    ...{ app, version: version(), config: running, gateway, log: ring },
    get measures() {
      return counts?.measures;
    },
  };
  const feed = new RunFeed(parts);
  const context = {
    ...{ config: running, http, gateway, stop: stopAsked, log: ring },
    ...{ blackBox, feed, redis, footprints, packages, handover: giving, version: version() },
  };
  http.sources = { feed, context: { daemon: app.daemon, health: app.watch.reports, ...context } };
  const onAct: ControlSocketOptions['onAct'] = (act) => {
    counts?.acted(act, 'socket');
    audit?.acted(act, 'socket');
  };
  const seat = new ControlSocket({ choice, app, context, onAct, isServing, logger, lang });
  const other = await seat.open();
  if (!handover.isTaking) logOtherCopy(other, takenElsewhere(plan.links, leases), logger, lang);
  seat.announce();
  logStart(plan, logger, words, lang);
  announce(plan);
  log.show({ changes: app.changes, links: () => app.watch.links, calls: () => app.daemon.calls });
  app.start();
  await tellPage();
  await tellAddresses(process.stdout.isTTY === true && process.stderr.isTTY === true);
  const unwatch = watch ? running.watch(idleClock) : () => {};
  handover.take(app, running, redis?.link, () => {
    void seat.serves();
    late('page', tellPage());
    late('gateway', tellAddresses(false));
  });
  const why = await Promise.race([stop.asked, failed, asked, handover.over]);
  handover.stop();
  unwatch();
  running.close();
  logger.info({ why }, words.stopping({ why }));
  http.refuse();
  await Promise.all([alerts.close(), packages.close(), app.stop()]);
  await http.close();
  handover.close();
  await blackBox.close();
  await feed.close();
  await seat.close();
  await audit?.close();
  await redis?.close();
  await sentry.close();
  stop.dispose();
  log.hide();
  logger.info(words.stopped);
  await flush();
  if (why === 'not-taken') throw handover.failure;
  if (why === 'all-failed') return ExitCode.runtime;
  return why === 'SIGINT' ? ExitCode.interrupted : ExitCode.ok;
}
