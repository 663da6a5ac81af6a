import type { CheckResult } from '../../config/check/check.js';
import { agentsOf } from '../../config/client-plan.js';
import { hasWrongKey } from '../../config/gateway-keys.js';
import type { GatewayPlan } from '../../config/gateway-plan.js';
import { texts } from '../../messages/commands/key.js';
import { escapeControls } from '../../messages/human.js';
import { type Lang, messagesFor } from '../../messages/index.js';
import { rateText } from '../../protocol/rate-text.js';
import {
  addressLines,
  furtherAddresses,
  type GatewayAddress,
  gatewayAddresses,
  originOf,
} from '../gateway-addresses.js';
import { grantText } from './key-list.js';

type Checked = Pick<CheckResult, 'servers' | 'links' | 'gateway' | 'profiles' | 'findings' | 'storedKeys'>;

/** The gateway and its addresses, for people; empty when there is none. */
export function gatewayLines(result: Checked, lang: Lang): string[] {
  if (result.gateway === undefined) return [];
  const words = messagesFor(lang).gateway;
  const further = furtherAddresses(originOf(result.gateway), result.gateway.paths);
  const keys = hasWrongKey(result.findings) ? undefined : Object.keys(result.gateway.keys);
  return [
    escapeControls(words.title({ keys, stored: result.storedKeys })),
    ...addressLines(addressesOf(result), lang),
    `  ${words.others}`,
    ...elsewhere(result.gateway, lang),
    ...grantLines(result.gateway, lang),
    ...limitLines(result.gateway, lang),
    ...(further.length > 0 ? [`  ${words.further({ urls: further })}`] : []),
  ];
}

/** Where others have it, when it says so: what to give to people. */
function elsewhere({ publicUrl }: GatewayPlan, lang: Lang): string[] {
  if (publicUrl === undefined) return [];
  return [`  ${escapeControls(messagesFor(lang).gateway.elsewhere({ urls: [`${publicUrl}/mcp`] }))}`];
}

/** What those keys open that do not open everything. */
function grantLines({ keys, terms = {} }: GatewayPlan, lang: Lang): string[] {
  const words = messagesFor(lang).gateway;
  return Object.keys(keys).flatMap((key) => {
    if (!Object.hasOwn(terms, key)) return [];
    const { grant, until } = terms[key]!;
    const opens = grantText(grant, texts[lang]);
    return [`  ${escapeControls(words.grant({ key, opens, until }))}`];
  });
}

function limitLines({ rate, ratePerAddress, concurrent }: GatewayPlan, lang: Lang): string[] {
  if (rate === undefined && ratePerAddress === undefined && concurrent === undefined) return [];
  const [all, perAddress] = [rate, ratePerAddress].map((one) => one && rateText(one));
  return [`  ${messagesFor(lang).gateway.limits({ rate: all, perAddress, concurrent })}`];
}

/** The same for programs; null: there is none. */
export function gatewayJson(result: Checked): object | null {
  const { gateway } = result;
  if (gateway === undefined) return null;
  const { host, port, keys, stateless, rate, ratePerAddress, concurrent, queue, tls, insecureNoAuth } =
    gateway;
  return {
    host,
    port,
    keys: Object.keys(keys),
    storedKeys: result.storedKeys ?? null,
    grants: gateway.terms ?? {},
    stateless,
    rate: rate ? rateText(rate) : null,
    ratePerAddress: ratePerAddress ? rateText(ratePerAddress) : null,
    concurrent: concurrent ?? null,
    queue: queue ?? null,
    tls: tls !== undefined,
    insecureNoAuth,
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
