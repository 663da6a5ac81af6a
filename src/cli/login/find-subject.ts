import { kindOf } from '../../config/kinds/kinds.js';
import { type LoadedConfig, loadConfig } from '../../config/load.js';
import { makePlan } from '../../config/plan.js';
import type { Target } from '../../config/target.js';
import type { LoginSubject } from '../../daemon/login/begin-login.js';
import { usageError } from '../../messages/worded.js';
import { Endpoint } from '../../protocol/endpoint.js';
import type { UsageError } from '../../protocol/errors.js';

export interface FindOptions {
  config?: string;
  envFile?: string;
}

/** The server that a word means, and the names of all configured servers that share its login. */
export interface FoundSubject {
  subject: LoginSubject;
  names: readonly string[];
}

/**
 * The server to log in to: a configured one, by its name or its address, or an address that no configuration has.
 *
 * @throws UsageError, ConfigError
 */
export async function findSubject(
  word: string,
  { config: file, envFile }: FindOptions,
): Promise<FoundSubject> {
  const config = await loadConfig({ file, envFile, env: process.env, cwd: process.cwd() });
  const remotes = remoteServers(config);
  if (/^https?:\/\//i.test(word)) {
    const [known] = remotes.filter(({ url }) => isSame(url, word));
    return subjectOf(config, known ? { name: known.name } : addressTarget(word), remotes, word);
  }
  // An agent's own server has the agent's name behind its own; the login is that of the entry.
  const named = [word, word.replace(/@[^@]*$/, '')].find((one) => remotes.some(({ name }) => name === one));
  if (named !== undefined) return subjectOf(config, { name: named }, remotes, word);
  const isOther = config.servers.some(({ name }) => name === word);
  throw errorFor(isOther, word, remotes);
}

function errorFor(isOther: boolean, name: string, remotes: readonly Remote[]): UsageError {
  if (isOther) return usageError('login-not-remote', { name });
  return usageError('login-no-server', { name, names: remotes.map((one) => one.name) });
}

interface Remote {
  name: string;
  url: string;
}

function remoteServers({ servers }: LoadedConfig): Remote[] {
  return servers.flatMap((server) =>
    'remote' in server ? [{ name: server.name, url: server.remote.url }] : [],
  );
}

function isSame(one: string, other: string): boolean {
  if (!URL.canParse(one) || !URL.canParse(other)) return false;
  const plain = (url: string) => {
    const parsed = new URL(url);
    parsed.hash = '';
    return parsed.href;
  };
  return plain(one) === plain(other);
}

function addressTarget(url: string): Target {
  return { remote: { type: undefined, url, headers: {} } };
}

function subjectOf(
  config: LoadedConfig,
  target: Target,
  remotes: readonly Remote[],
  word: string,
): FoundSubject {
  // Never dialled: a login needs no endpoint.
  const endpointFor = () => new Endpoint('ws://localhost/not-dialled');
  const { servers } = makePlan(config, { target, endpointFor, cwd: process.cwd() });
  const [server] = servers;
  if (!server || !('remote' in server)) throw errorFor(true, word, remotes);
  const { kind, remote } = server;
  const names = remotes.filter(({ url }) => isSame(url, remote.url)).map(({ name }) => name);
  const name = 'name' in target ? target.name : (kindOf(server).shown(server as never)[0] ?? word);
  return { subject: { name, kind, remote }, names };
}
