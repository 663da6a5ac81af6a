import { Endpoint } from '../protocol/endpoint.js';
import { HttpProxy } from '../protocol/http-proxy.js';
import type { Settings } from './defaults.js';
import { KINDS, kindOf } from './kinds/kinds.js';
import { matchLinks } from './match-links.js';
import type { LinkPlan, Plan } from './plan.js';
import { OPTION_CHANGES, type ServerOptions } from './server-options.js';

/** What has to change so that the next plan runs. It holds keys and no values, so it may be logged (D11). */
export interface PlanDiff {
  /** Every server of either plan: those of the next plan in its order, then the removed servers. */
  servers: readonly ServerChange[];
  /** Every link of either plan: those of the next plan in its order, then the removed links. */
  links: readonly LinkChange[];
  /** Set when alerts go elsewhere, or are sent for something else or at another time. */
  alerts?: true;
  /** Set when errors are reported elsewhere or otherwise, or no more. */
  sentry?: true;
  /** Set when traces would be sent elsewhere: that needs another start. */
  otlp?: true;
  /** Set when the audit log is elsewhere or otherwise, comes or goes. */
  audit?: true;
  /** Set when the Redis that machines share is another one, or reached otherwise, comes or goes: that needs another start. */
  redis?: true;
  /** Set when the gateway is another one, comes or goes. */
  gateway?: true;
  /** Set when the status page or the metrics are elsewhere or otherwise, come or go. */
  ui?: true;
  /** Set when agents without an endpoint come, go, or give clients something else. */
  profiles?: true;
  /** Set when clients of the gateway get other names of tools, or other settings. */
  clients?: true;
}

/** What happens to one server. Moving to another link does not change a server; it changes the two links. */
export interface ServerChange {
  /** Name of the server. */
  name: string;
  /** `updated`: its process goes on; `restarted`: it needs a new process. */
  change: 'kept' | 'updated' | 'restarted' | 'added' | 'removed';
  /**
   * What differs, for instance `options.tools`, `launch.args`, `launch.env.API_KEY` or, of its link,
   * `settings.maxFrameBytes`; empty unless updated or restarted.
   */
  keys: readonly string[];
}

/** What happens to one link. */
export interface LinkChange {
  /** Name of the link in the next plan; of a removed one, in the old plan. */
  name: string;
  /** The link's name in the old plan; undefined for an added link. */
  was: string | undefined;
  /**
   * `updated`: only its rank, or a setting shared by all links, differs; `members-changed`: it has other servers, or
   * another order of them, on the same connection; `replaced`: it needs a new connection.
   */
  change: 'kept' | 'updated' | 'members-changed' | 'replaced' | 'added' | 'removed';
  /**
   * What differs, for instance `endpoint`, `servers`, `settings.holdTimeoutMs` or `order`; empty for added and removed
   * links.
   */
  keys: readonly string[];
  /** Names of the servers that the link did not have before; of an added link: all. */
  joined: readonly string[];
  /** Names of the servers that the link has no more; of a removed link: all. */
  left: readonly string[];
}

/** Compares two plans. Pure. Between equal plans, everything is `kept`. */
export function diffPlan(old: Plan, next: Plan): PlanDiff {
  const parts = { servers: diffServers(old, next), links: diffLinks(old.links, next.links) };
  return {
    ...parts,
    ...(shownAlerts(old) === shownAlerts(next) ? {} : { alerts: true }),
    ...(isSame(old.sentry, next.sentry) ? {} : { sentry: true }),
    ...(isSame(old.otlp, next.otlp) ? {} : { otlp: true }),
    ...(isSame(old.audit, next.audit) ? {} : { audit: true }),
    ...(isSame(old.redis, next.redis) ? {} : { redis: true }),
    ...(isSame(old.gateway, next.gateway) ? {} : { gateway: true }),
    ...(isSame([old.ui, old.metrics], [next.ui, next.metrics]) ? {} : { ui: true }),
    ...(isSame(old.profiles ?? [], next.profiles ?? []) ? {} : { profiles: true }),
    // Without a gateway, links say the same.
    ...(!next.gateway || isSame(old.forClients, next.forClients) ? {} : { clients: true }),
  };
}

/** Everything that the plan says of alerts, secrets included, as one text. */
function shownAlerts({ alerts }: Plan): string {
  // A spread copy shows what the channel itself hides.
  const channels = alerts?.channels.map(({ ...channel }) => ({
    ...channel,
    proxy: channel.proxy && [String(channel.proxy), channel.proxy.authorization],
  }));
  return JSON.stringify({ ...alerts, channels });
}

function diffServers(old: Plan, next: Plan): ServerChange[] {
  const before = new Map(old.servers.map((server) => [server.name, server]));
  const after = new Set(next.servers.map(({ name }) => name));
  const settingsBefore = settingsOfServers(old);
  const settingsAfter = settingsOfServers(next);
  return [
    ...next.servers.map((server): ServerChange => {
      const { name } = server;
      const was = before.get(name);
      if (!was) return { name, change: 'added', keys: [] };
      const [a, b] = [settingsBefore.get(name), settingsAfter.get(name)];
      const ofLife = a && b ? kindOf(server).openedWith.filter((key) => a[key] !== b[key]) : [];
      const keys = [...changedKeys(was, server), ...ofLife.map((key) => `settings.${key}`)];
      const isInPlace = keys.every((key) => IN_PLACE_OF_SERVER.has(key));
      return { name, change: keys.length === 0 ? 'kept' : isInPlace ? 'updated' : 'restarted', keys };
    }),
    ...old.servers
      .filter(({ name }) => !after.has(name))
      .map(({ name }): ServerChange => ({ name, change: 'removed', keys: [] })),
  ];
}

/** The settings of each server's first link, by its name; of a server on no link, those for its clients. */
export function settingsOfServers({
  links,
  servers,
  profiles = [],
  ready = [],
  forClients,
}: Plan): Map<string, Settings> {
  const all = links.flatMap(({ servers, settings }) =>
    servers.map((name): [string, Settings] => [name, settings]),
  );
  const rest = forClients ? servers.map(({ name }): [string, Settings] => [name, forClients.settings]) : [];
  const ofProfiles = profiles.flatMap(({ name, servers: own, settings }) =>
    own.flatMap((server): [string, Settings][] => (server.endsWith(`@${name}`) ? [[server, settings]] : [])),
  );
  const early = ready.map(({ server, settings }): [string, Settings] => [server, settings]);
  return new Map([...rest, ...ofProfiles, ...early, ...all.reverse()]);
}

const IN_PLACE_OF_SERVER: ReadonlySet<string> = new Set(
  (Object.keys(OPTION_CHANGES) as (keyof ServerOptions)[])
    .filter((key) => OPTION_CHANGES[key] === 'in-place')
    .map((key) => `options.${key}`),
);

/** Settings of the order of links, or of the whole process: a change of them needs no new connection. */
const IN_PLACE_OF_LINK: ReadonlySet<string> = new Set([
  'priority',
  'order',
  // Filters of an agent: the link gets the new options of its servers.
  'tools',
  'readOnly',
  'settings.maxParallelStarts',
  'settings.startSlotMs',
  'settings.maxServersMemory',
]);

function diffLinks(old: readonly LinkPlan[], next: readonly LinkPlan[]): LinkChange[] {
  const pairs = matchLinks(old, next);
  const paired = new Set(pairs.values());
  const gone = old.filter((link) => !paired.has(link));
  // A link's place is counted among the links that stay: otherwise a removed link would change the place of all behind it.
  const places = (links: readonly LinkPlan[]) => new Map(links.map((link, place) => [link, place]));
  const placeBefore = places(old.filter((link) => paired.has(link)));
  const placeAfter = places(next.filter((link) => pairs.has(link)));
  return [
    ...next.map((link): LinkChange => {
      const { name, servers } = link;
      const was = pairs.get(link);
      if (!was) return { name, was: undefined, change: 'added', keys: [], joined: servers, left: [] };
      const keys = changedKeys(was, link);
      if (placeBefore.get(was) !== placeAfter.get(link)) keys.push('order');
      const joined = servers.filter((server) => !was.servers.includes(server));
      const left = was.servers.filter((server) => !servers.includes(server));
      return { name, was: was.name, change: changeOfLink(keys), keys, joined, left };
    }),
    ...gone.map(
      ({ name, servers }): LinkChange => ({
        ...{ name, was: name, change: 'removed', keys: [] },
        ...{ joined: [], left: servers },
      }),
    ),
  ];
}

function changeOfLink(keys: readonly string[]): LinkChange['change'] {
  if (keys.length === 0) return 'kept';
  const costly = keys.filter((key) => !IN_PLACE_OF_LINK.has(key));
  if (costly.length === 0) return 'updated';
  return costly.every((key) => key === 'servers') ? 'members-changed' : 'replaced';
}

/** Paths of objects whose members are compared one by one. */
const OPENED: ReadonlySet<string> = new Set([
  'options',
  'settings',
  ...Object.values(KINDS).flatMap(({ opened }) => opened),
]);

/** Paths of what differs, such as `launch.env.API_KEY`. */
function changedKeys(old: object, next: object, around = ''): string[] {
  const [before, after] = [new Map(Object.entries(old)), new Map(Object.entries(next))];
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((key) => {
    const [a, b] = [before.get(key), after.get(key)];
    if (isSame(a, b)) return [];
    const path = `${around}${key}`;
    const isOpened = OPENED.has(path) && isObject(a) && isObject(b);
    return isOpened ? changedKeys(a, b, `${path}.`) : [path];
  });
}

/** A member with the value undefined counts as missing. */
function isSame(a: unknown, b: unknown): boolean {
  if (!isObject(a) || !isObject(b)) return Object.is(a, b);
  if (a instanceof Endpoint && b instanceof Endpoint) return a.href === b.href;
  if (a instanceof HttpProxy && b instanceof HttpProxy)
    return String(a) === String(b) && a.isSecure === b.isSecure && a.authorization === b.authorization;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  if (Array.isArray(a) && Array.isArray(b) && a.length !== b.length) return false;
  const [before, after] = [new Map(Object.entries(a)), new Map(Object.entries(b))];
  return [...new Set([...before.keys(), ...after.keys()])].every((key) =>
    isSame(before.get(key), after.get(key)),
  );
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
