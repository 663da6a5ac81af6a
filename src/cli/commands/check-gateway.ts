import type { CheckResult } from '../../config/check/check.js';
import { agentsOf } from '../../config/client-plan.js';
import { hasWrongKey } from '../../config/gateway-keys.js';
import { escapeControls } from '../../messages/human.js';
import { type Lang, messagesFor } from '../../messages/index.js';
import {
  addressLines,
  furtherAddresses,
  type GatewayAddress,
  gatewayAddresses,
  originOf,
} from '../gateway-addresses.js';

type Checked = Pick<CheckResult, 'servers' | 'links' | 'gateway' | 'profiles' | 'findings'>;

/** The gateway and its addresses, for people; empty when there is none. */
export function gatewayLines(result: Checked, lang: Lang): string[] {
  if (result.gateway === undefined) return [];
  const words = messagesFor(lang).gateway;
  const further = furtherAddresses(originOf(result.gateway), result.gateway.paths);
  const keys = hasWrongKey(result.findings) ? undefined : Object.keys(result.gateway.keys);
  return [
    escapeControls(words.title({ keys })),
    ...addressLines(addressesOf(result), lang),
    `  ${words.others}`,
    ...(further.length > 0 ? [`  ${words.further({ urls: further })}`] : []),
  ];
}

/** The same for programs; null: there is none. */
export function gatewayJson(result: Checked): object | null {
  const { gateway } = result;
  if (gateway === undefined) return null;
  const { host, port, keys, stateless } = gateway;
  return {
    host,
    port,
    keys: Object.keys(keys),
    stateless,
    paths: gateway.paths,
    addresses: addressesOf(result),
  };
}

function addressesOf({ servers, links, gateway, profiles }: Checked): GatewayAddress[] {
  if (gateway === undefined) return [];
  return gatewayAddresses(originOf(gateway), {
    // An agent's own process is at the address of the agent alone.
    servers: servers.filter(({ name, entryName }) => name === entryName).map(({ name }) => name),
    agents: agentsOf({ links, profiles }),
  });
}
