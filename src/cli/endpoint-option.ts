import { cleanAddress } from '../config/address.js';
import { chooseEndpoint } from '../config/endpoint-choice.js';
import { Environment } from '../config/environment.js';
import { usageError } from '../messages/worded.js';

/** Why the text is no address of an endpoint; undefined when it is one. */
export function endpointError(address: string): { hasScheme: boolean } | undefined {
  const nobody = new Environment({}, '.');
  const { endpoint, findings } = chooseEndpoint([], [], address, nobody);
  if (endpoint && findings.every(({ severity }) => severity !== 'error')) return undefined;
  return { hasScheme: /^wss?:\/\//i.test(cleanAddress(address).address) };
}

/** Returns the address without the space around it. @throws UsageError when it is no address of an endpoint. */
export function checkedEndpoint(address: string): string {
  const error = endpointError(address);
  if (error === undefined) return cleanAddress(address).address;
  throw usageError('endpoint-option', error);
}
