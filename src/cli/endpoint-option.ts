import { chooseEndpoint } from '../config/endpoint-choice.js';
import { Environment } from '../config/environment.js';
import { UsageError } from '../protocol/errors.js';

/** Why this is no address for servers, in words that do not repeat it; undefined when it is one. */
export function endpointMistake(address: string): string | undefined {
  const nobody = new Environment({}, '.');
  const { endpoint, findings } = chooseEndpoint([], undefined, address, nobody);
  if (endpoint && findings.every(({ severity }) => severity !== 'error')) return undefined;
  if (!/^wss?:\/\//i.test(address.trim())) return 'The address should start with wss:// or ws://.';
  return 'This is no address that a server can connect to: copy the whole address from the console again.';
}

/** The address without the space around it. @throws UsageError */
export function checkedEndpoint(address: string): string {
  const mistake = endpointMistake(address);
  if (mistake === undefined) return address.trim();
  throw new UsageError(`--endpoint: ${mistake}`, {
    next: 'It looks like wss://api.xiaozhi.me/mcp/?token=…, in quotes because of the question mark.',
  });
}
