import type { Finding } from '../../../protocol/errors.js';
import { shownUrl } from '../../../transports/remote/remote-server.js';
import { bridged } from '../../bridges.js';
import { warningAt } from '../../finding.js';
import type { StdioFacts } from './facts.js';

/** Warnings for a process that only carries messages to a remote server, which mcp-pipe reaches without it. */
export function bridges({ servers }: StdioFacts): Finding[] {
  return servers.flatMap(({ command, args, ownEnv, placeOf }) => {
    const found = bridged(command, args, ownEnv);
    if (found === undefined || !URL.canParse(found.url)) return [];
    const { bridge, type, url, headers } = found;
    const params = { bridge, type, url: shownUrl(url), headers: Object.keys(headers) };
    return [warningAt(placeOf('command'), 'bridge', params)];
  });
}
