import { type CheckResult, checkConfig } from '../../config/check/check.js';
import { thisMachine } from '../../config/check/host.js';
import { defaults } from '../../config/defaults.js';
import type { PlanOptions } from '../../config/draft.js';
import { type LoadedConfig, type LoadOptions, loadConfig } from '../../config/load.js';
import { nearest } from '../../config/nearest.js';
import { makePlan, type Plan } from '../../config/plan.js';
import { proxyChooser, proxyUses } from '../../config/proxy-choice.js';
import { usageError } from '../../messages/worded.js';
import { ConfigError, type Finding } from '../../protocol/errors.js';
import { countStored } from '../keys/count-stored.js';
import type { DoctorInput, DoctorLink } from './input.js';

/** What is examined: the configuration, or the part of it that was named. */
export interface Subject extends Pick<DoctorInput, 'links' | 'plan' | 'proxies'> {
  /** Undefined when a file cannot be read at all. */
  config: LoadedConfig | undefined;
  check: CheckResult;
}

/**
 * Loads the configuration. One that cannot be used is still examined, as far as it can be read.
 *
 * @param name a server, a link or an agent; undefined: everything.
 * @throws UsageError when there is nothing of that name.
 */
export async function loadSubject(
  from: LoadOptions,
  options: PlanOptions,
  name: string | undefined,
): Promise<Subject> {
  let config: LoadedConfig;
  try {
    config = await loadConfig({ ...from, countStored: countStored(from.file) });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const check = { ...NOTHING, findings: error.findings };
    return { config: undefined, check, plan: undefined, links: [], proxies: [] };
  }
  const all = await checkConfig(config, options, thisMachine());
  const isPart = name === undefined || namesOf(all).includes(name);
  // A disabled server is on no link; named, it is started all the same.
  const isOff = !isPart && config.servers.some((server) => server.name === name);
  const chosen = isOff ? { ...options, target: { name: name! } } : options;
  const check = isOff ? await checkConfig(config, chosen, thisMachine()) : all;
  if (!isPart && !isOff) {
    const names = namesOf(all);
    throw usageError('doctor-unknown', { name: name!, names, meant: nearest(name!, names) });
  }
  const only = isOff ? undefined : name;
  const servers = only === undefined ? undefined : serversNamed(check, only);
  const plan = planOf(config, chosen, only, servers);
  const links = plan ? plan.links.map(linkOf) : plannedLinks(config, options, check, only, servers);
  const proxyFor = proxyChooser(config.environment, options.noProxy ?? false);
  return {
    config,
    plan,
    links,
    check: servers ? ofServers(check, servers) : check,
    proxies: proxyUses(
      links.map(({ endpoint }) => endpoint),
      proxyFor,
    ),
  };
}

/** The result of a file that cannot be read. */
const NOTHING: CheckResult = {
  ...{ servers: [], links: [], profiles: [], disabled: [], disabledAgents: [] },
  ...{ findings: [], startable: [], secrets: [] },
};

function namesOf({ servers, links }: CheckResult): string[] {
  const agents = links.flatMap(({ agent }) => agent ?? []);
  return [...new Set([...servers.map(({ name }) => name), ...links.map(({ name }) => name), ...agents])];
}

function serversNamed({ servers, links }: CheckResult, name: string): string[] {
  if (servers.some((server) => server.name === name)) return [name];
  return links.filter((link) => link.name === name || link.agent === name).flatMap((link) => link.servers);
}

function isChosen(
  link: { name: string; agent?: string | undefined; servers: readonly string[] },
  name: string,
  servers: readonly string[],
): boolean {
  const isServer = servers.length === 1 && servers[0] === name;
  return isServer ? link.servers.includes(name) : link.name === name || link.agent === name;
}

/** The plan, without what was not named; undefined when the configuration cannot be used. */
function planOf(
  config: LoadedConfig,
  options: PlanOptions,
  name: string | undefined,
  servers: readonly string[] | undefined,
): Plan | undefined {
  const made = attempt(() => makePlan(config, options));
  if (name === undefined || servers === undefined) return made;
  // An error in the entry of another server does not concern this one.
  if (!made && servers.includes(name))
    return attempt(() => makePlan(config, { ...options, target: { name } }));
  return (
    made && {
      ...made,
      servers: made.servers.filter((server) => servers.includes(server.name)),
      links: made.links.filter((link) => isChosen(link, name, servers)),
    }
  );
}

function attempt<Value>(make: () => Value): Value | undefined {
  try {
    return make();
  } catch (error) {
    if (error instanceof ConfigError) return undefined;
    throw error;
  }
}

function linkOf({ name, endpoint, proxy, settings, account }: Plan['links'][number]): DoctorLink {
  return { name, endpoint, proxy, settings, account: account?.name };
}

/** The connections of a configuration with errors: their hosts can be reached all the same. */
function plannedLinks(
  { environment }: LoadedConfig,
  { noProxy = false }: PlanOptions,
  { links }: CheckResult,
  name: string | undefined,
  servers: readonly string[] | undefined,
): DoctorLink[] {
  const proxyFor = proxyChooser(environment, noProxy);
  return links
    .filter((link) => name === undefined || servers === undefined || isChosen(link, name, servers))
    .map((link) => ({
      ...{ name: link.name, endpoint: link.endpoint, proxy: proxyFor(link.endpoint).proxy },
      ...{ settings: defaults, account: link.account?.name },
    }));
}

/** The result without the findings of other servers. */
function ofServers(check: CheckResult, names: readonly string[]): CheckResult {
  const others = check.servers.filter(
    ({ name, entryName }) => !names.includes(name) && !names.includes(entryName),
  );
  const paths = others.map(({ placeOf }) => placeOf().path);
  const concerns = ({ path }: Finding) =>
    !paths.some(
      (other) =>
        other !== '' && (path === other || path.startsWith(`${other}.`) || path.startsWith(`${other}[`)),
    );
  return {
    ...check,
    servers: check.servers.filter(({ name }) => names.includes(name)),
    links: check.links.filter(({ servers }) => servers.some((server) => names.includes(server))),
    findings: check.findings.filter(concerns),
  };
}
