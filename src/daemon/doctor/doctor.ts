import { setMaxListeners } from 'node:events';
import { defaults, type Settings } from '../../config/defaults.js';
import { DOCTOR } from '../../config/doctor-bounds.js';
import { serversOf } from '../../config/plan.js';
import type { Tool } from '../../protocol/ask.js';
import type { Endpoint } from '../../protocol/endpoint.js';
import type { HttpProxy } from '../../protocol/http-proxy.js';
import { heldLeases, leaseFolder } from '../lease-folder.js';
import { limitsBy } from '../start-limits.js';
import { atMost } from './at-most.js';
import { boxFiles, judgeBlackBox } from './black-box.js';
import { type DialFacts, dialOnce, judgeDial, judgePage } from './dial.js';
import { judgeGatewayServers } from './gateway-servers.js';
import type { DoctorInput, DoctorLink } from './input.js';
import { type Item, item, SECTIONS } from './item.js';
import { isReached, judgeClock, judgeNetwork, judgeReach } from './judge-reach.js';
import { judgeOwners } from './owners.js';
import { type PackageState, packageStates } from './package-states.js';
import { type ReachFacts, type ReachTarget, reach } from './reach.js';
import { judgeRegistry, reachRegistry, registryTargets } from './registry.js';
import { judgeServerReach, reachServer, remoteServersOf } from './remote-servers.js';
import { askRunning, judgeLink, judgeReported, type RunningDaemon, reportedServers } from './running.js';
import { judgeServer, judgeTools, type ServerFacts, tryServer } from './servers.js';

/** Examines everything at once, and returns the lines in the order of the sections. Never rejects. */
export async function examine(input: DoctorInput): Promise<Item[]> {
  // Each server and host waits for it.
  setMaxListeners(0, input.signal);
  const run = new Examination(input);
  await run.all();
  const { links, plan } = input;
  const names = [
    '',
    ...links.flatMap(({ endpoint, name }) => [endpoint.host, name]),
    ...(plan?.servers ?? []).map(({ name }) => name),
  ];
  const place = ({ about }: Item) => (names.includes(about) ? names.indexOf(about) : names.length);
  return run.items.sort(
    (a, b) => SECTIONS.indexOf(a.section) - SECTIONS.indexOf(b.section) || place(a) - place(b),
  );
}

class Examination {
  readonly items: Item[] = [];
  readonly #input: DoctorInput;
  readonly #waiting = new Set<string>();
  /** Every host that was tried. */
  readonly #reached: ReachFacts[] = [];
  /** The last dial of each account. */
  readonly #accounts = new Map<string, Promise<unknown>>();
  /** Asked for once. */
  #packages: ReadonlyMap<string, PackageState> | undefined;
  #expected = 0;
  #done = 0;

  constructor(input: DoctorInput) {
    this.#input = input;
  }

  async all(): Promise<void> {
    const { network } = this.#input;
    this.#owners();
    await Promise.all([
      ...(network === 'none' ? [] : [this.#network(), this.#registries(), this.#redis()]),
      this.#input.running ? this.#runningServers(this.#input.running) : this.#ownServers(),
    ]);
    if (this.#reached.length > 0) {
      const whole = judgeNetwork(this.#reached);
      this.items.push(judgeClock(this.#reached), ...(whole ? [whole] : []));
    }
    const { boxFolder, links, plan } = this.#input;
    const about = {
      links: links.map(({ name }) => name),
      servers: plan?.servers.map(({ name }) => name) ?? [],
    };
    this.items.push(judgeBlackBox(boxFiles(boxFolder), about, Date.now()));
  }

  /** Runs one examination; a fault of its own becomes a line. */
  async #one(what: string, section: Item['section'], work: () => Promise<Item[]>): Promise<void> {
    this.#waiting.add(what);
    this.#tell();
    try {
      this.items.push(...(await work()));
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.items.push(item('error', section, what, 'probe-broke', { message }));
    }
    this.#done += 1;
    this.#waiting.delete(what);
    this.#tell();
  }

  #tell(): void {
    this.#input.onProgress({
      done: this.#done,
      total: Math.max(this.#expected, this.#done + this.#waiting.size),
      waitsFor: [...this.#waiting],
    });
  }

  // ------------------------------------------------------------------ endpoints

  async #network(): Promise<void> {
    const { links, running, inContainer, proxies } = this.#input;
    for (const { proxy, variable, hosts: ofProxy } of proxies) {
      this.items.push(item('ok', 'network', ofProxy.join(', '), 'proxy-used', { proxy, variable }));
    }
    const hosts = new Map<string, DoctorLink[]>();
    for (const link of links) {
      const { protocol, host } = new URL(link.endpoint.href);
      const key = `${protocol}//${host} ${link.proxy ?? ''}`;
      hosts.set(key, [...(hosts.get(key) ?? []), link]);
    }
    this.#expected += hosts.size;
    const all = [...hosts.values()].map((ofHost) =>
      this.#one(ofHost[0]!.endpoint.host, 'network', async () => {
        const { endpoint, proxy, settings } = ofHost[0]!;
        const { facts, speaksTls } = await this.#reach(targetOf(endpoint, proxy), settings);
        this.#reached.push(facts);
        const isUp = isReached(facts, speaksTls);
        // A link of a running mcp-pipe says more than a dial would, and its token is in use.
        const dialled = running ? [] : await this.#dials(ofHost, isUp);
        const page = judgePage(facts, dialled, endpoint.host);
        if (page) this.items.push(page);
        return judgeReach(facts, { host: endpoint.host, speaksTls, inContainer, now: Date.now() });
      }),
    );
    await Promise.all([...all, ...this.#remoteServers()]);
    for (const link of running?.report.links ?? []) {
      const planned = links.find(({ name }) => name === link.name);
      if (planned) this.items.push(judgeLink(link, running!.report.at, planned.endpoint.host));
    }
  }

  #remoteServers(): Promise<void>[] {
    const { plan, lang, inContainer, signal } = this.#input;
    const servers = remoteServersOf(plan?.servers ?? []);
    this.#expected += servers.length;
    return servers.map((server) =>
      this.#one(new URL(server.remote.url).host, 'network', async () => {
        const facts = await reachServer(server, plan?.links[0]?.settings ?? defaults, signal);
        this.#reached.push(facts);
        return judgeServerReach(facts, server, { lang, inContainer, now: Date.now() });
      }),
    );
  }

  async #reach(
    target: ReachTarget,
    { dialTimeoutMs }: Settings,
  ): Promise<{ facts: ReachFacts; speaksTls: boolean }> {
    const tried = (one: ReachTarget) =>
      atMost(dialTimeoutMs, this.#input.signal, (within) => reach(one, within));
    const facts = await tried(target);
    const { failed, http } = facts;
    // A port that speaks TLS closes the connection, or answers in HTTP that it got a plain request.
    const isOdd = (failed?.step === 'http' && !failed.timedOut) || http?.status === 400;
    if (target.isSecure || !isOdd) return { facts, speaksTls: false };
    const secure = await tried({ ...target, isSecure: true });
    return { facts, speaksTls: secure.tls !== undefined };
  }

  async #dials(links: readonly DoctorLink[], isUp: boolean): Promise<DialFacts[]> {
    const { network, version, redis, signal } = this.#input;
    if (network !== 'dial') return [];
    const tokens = new Map<string, DoctorLink[]>();
    for (const link of links) {
      const { identity } = link.endpoint;
      tokens.set(identity, [...(tokens.get(identity) ?? []), link]);
    }
    const dialled: DialFacts[] = [];
    const all = [...tokens.values()].map(async (ofToken) => {
      const name = ofToken.map((link) => link.name).join(', ');
      if (!isUp) return void this.items.push(item('skipped', 'endpoint', name, 'dial-unreached', {}));
      await this.#one(name, 'endpoint', async () => {
        const [link] = ofToken as [DoctorLink];
        const facts = await this.#oneOfAccount(link.account, () =>
          dialOnce(link, { version, redis, signal }),
        );
        dialled.push(facts);
        return [judgeDial(facts, name)];
      });
    });
    await Promise.all(all);
    return dialled;
  }

  /** Connections of one account count together: they are made one after another. */
  #oneOfAccount(account: string | undefined, dial: () => Promise<DialFacts>): Promise<DialFacts> {
    if (account === undefined) return dial();
    const made = (this.#accounts.get(account) ?? Promise.resolve()).then(dial);
    this.#accounts.set(
      account,
      made.catch(() => {}),
    );
    return made;
  }

  #owners(): void {
    const { links, running } = this.#input;
    const endpoints = new Map(links.map(({ endpoint }) => [endpoint.identity, endpoint]));
    const names = new Set(links.map(({ name }) => name));
    const contested = running?.report.links.filter((link) => link.contested && names.has(link.name)) ?? [];
    try {
      const facts = {
        endpoints: [...endpoints.values()],
        leases: heldLeases(leaseFolder()),
        own: [running?.report.pid, process.pid],
        contested: contested.map(({ name }) => name),
      };
      if (links.length > 0) this.items.push(...judgeOwners(facts));
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.items.push(item('warning', 'owner', '', 'dial-no-files', { message }));
    }
  }

  async #redis(): Promise<void> {
    const { redis, signal } = this.#input;
    if (redis === undefined) return;
    this.#expected += 1;
    const { host } = new URL(redis.url);
    await this.#one(host, 'redis', async () => {
      const { judgeRedis, tryRedis } = await import('./redis.js');
      return judgeRedis(await tryRedis(redis, signal), redis, host);
    });
  }

  // ------------------------------------------------------------------ servers

  #packageStates(): ReadonlyMap<string, PackageState> {
    const { plan, packages } = this.#input;
    this.#packages ??= packageStates(plan?.servers ?? [], packages);
    return this.#packages;
  }

  async #registries(): Promise<void> {
    const { plan, signal } = this.#input;
    if (!plan) return;
    const states = this.#packageStates();
    const targets = await registryTargets(plan.servers, signal);
    await Promise.all(
      targets.map((target) =>
        this.#one(target.registry.host, 'registry', async () => {
          const facts = await atMost(DOCTOR.registryTimeoutMs, signal, (within) =>
            reachRegistry(target, within),
          );
          this.#reached.push(facts);
          return [judgeRegistry(target, facts, states)];
        }),
      ),
    );
  }

  async #ownServers(): Promise<void> {
    const { plan, packages, version, lang, redact, signal } = this.#input;
    if (!plan) return;
    const lists = new Map<string, readonly Tool[]>();
    const waiting = plan.servers.flatMap((server) => {
      const link = plan.links.find(({ servers }) => servers.includes(server.name));
      return link ? [{ server, link }] : [];
    });
    this.#expected += waiting.length;
    // As a run starts them, so that the times are those of a run; one that hangs does not keep the others from starting.
    const { local, remote } = limitsBy(plan.links[0]?.settings ?? defaults);
    const all = waiting.map(async ({ server, link }) => {
      const leave = await (server.kind === 'stdio' ? local : remote).acquire(signal);
      if (signal.aborted)
        return void this.items.push(item('skipped', 'server', server.name, 'server-not-tried', {}));
      let isUp = false;
      await this.#one(server.name, 'server', async () => {
        const facts = await tryServer(server, link.settings, { version, lang, packages, redact, signal });
        isUp = facts.how === 'ready';
        keep(lists, server.name, facts);
        return judgeServer(server.name, facts, this.#packageStates().get(server.name));
      });
      leave(isUp);
    });
    await Promise.all(all);
    this.#toolsOfLinks(lists);
  }

  async #runningServers(daemon: RunningDaemon): Promise<void> {
    const { plan, links, signal } = this.#input;
    const names = new Set(links.map(({ name }) => name));
    const wanted = new Set(plan?.servers.map(({ name }) => name));
    const lists = new Map<string, readonly Tool[]>();
    const reported = reportedServers(daemon.report.links.filter(({ name }) => names.has(name)));
    this.items.push(...judgeGatewayServers(daemon.report, reported));
    await Promise.all(
      reported
        .filter(({ name }) => plan === undefined || wanted.has(name))
        .map(async (server) => {
          const said = judgeReported(server);
          if (said) return void this.items.push(said);
          await this.#one(server.name, 'server', async () => {
            const facts = await atMost(DOCTOR.endpointInitializeMs, signal, (within) =>
              askRunning(daemon, server, within),
            );
            keep(lists, server.name, facts);
            return judgeServer(server.name, facts, this.#packageStates().get(server.name));
          });
        }),
    );
    this.#toolsOfLinks(lists);
  }

  #toolsOfLinks(lists: ReadonlyMap<string, readonly Tool[]>): void {
    const { plan } = this.#input;
    for (const link of plan?.links ?? []) {
      // One server of several was asked for: what the others show is not known.
      if (!link.servers.every((name) => plan!.servers.some((server) => server.name === name))) continue;
      const judged = judgeTools(link, serversOf(plan!, link), (server) => lists.get(server));
      if (judged) this.items.push(judged);
    }
  }
}

function keep(lists: Map<string, readonly Tool[]>, server: string, facts: ServerFacts): void {
  if (facts.how === 'ready') lists.set(server, facts.list.tools);
}

function targetOf(endpoint: Endpoint, proxy: HttpProxy | undefined): ReachTarget {
  const { protocol, hostname, port } = new URL(endpoint.href);
  const isSecure = protocol === 'wss:';
  return {
    hostname: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: Number(port) || (isSecure ? 443 : 80),
    isSecure,
    // The path of the endpoint could hold a secret.
    path: '/',
    proxy,
  };
}
