import { defaults } from '../../config/defaults.js';
import { warningAt } from '../../config/finding.js';
import type { Place } from '../../config/place.js';
import type { Finding } from '../../protocol/errors.js';
import type { RemoteServer } from '../../transports/remote/remote-server.js';
import { loginsHealth } from './login-health.js';

interface Checked {
  name: string;
  remote?: Pick<RemoteServer, 'url' | 'headers' | 'oauth'> | undefined;
  placeOf: () => Place;
}

/** The warnings of `mcp-pipe check` about logins that a person has to give again. */
export function loginFindings(servers: readonly Checked[]): Finding[] {
  const links = [{ servers: servers.map(({ name }) => name), settings: defaults }];
  return loginsHealth({ servers, links }, 'en').flatMap(({ server: name, state }) => {
    const server = servers.find((one) => one.name === name);
    if (state === 'valid' || !server) return [];
    return [warningAt(server.placeOf(), 'login-due', { name, isEnding: state === 'ending' })];
  });
}
