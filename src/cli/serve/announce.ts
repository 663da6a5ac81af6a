import type { GatewayPlan } from '../../config/gateway-plan.js';
import type { Gateway } from '../../daemon/gateway/gateway.js';
import { networkAddresses } from '../../daemon/network-addresses.js';
import { texts } from '../../messages/commands/serve.js';
import { escapeControls } from '../../messages/human.js';
import { type Lang, messagesFor } from '../../messages/index.js';
import { addressLines, dialled, furtherAddresses, gatewayAddresses, isEvery } from '../gateway-addresses.js';
import type { RunningLog } from '../logging.js';
import { addressBlock, claudeCommand } from './print-config.js';

/** What is said of a gateway that has begun to listen. */
export interface Announced {
  gateway: Pick<Gateway, 'origin' | 'addresses' | 'storedKeys'>;
  plan: Pick<GatewayPlan, 'host' | 'keys' | 'paths' | 'publicUrl'>;
}

/** Every address: for people as a table, with what to paste into clients; else as lines of the log. */
export function announceGateway(
  { gateway, plan }: Announced,
  { logger, print }: Pick<RunningLog, 'logger' | 'print'>,
  lang: Lang,
  isForPeople: boolean,
): void {
  const { origin } = gateway;
  if (origin === undefined) return;
  const { host, paths, publicUrl } = plan;
  const base = dialled(origin);
  const addresses = gatewayAddresses(base, namesOf(gateway.addresses));
  const further = furtherAddresses(base, paths);
  const words = messagesFor(lang).gateway;
  if (!isForPeople) {
    for (const { server, agent, http } of addresses) {
      const of = agent === null ? (server ?? words.all) : words.ofAgent({ agent });
      logger.info({ event: 'gateway-address', url: http, server, agent }, words.at({ of, url: http }));
    }
    for (const url of further)
      logger.info(
        { event: 'gateway-address', url, server: null, agent: null },
        words.at({ of: words.all, url }),
      );
    return;
  }
  const keys = Object.keys(plan.keys);
  const others =
    publicUrl !== undefined ? [`${publicUrl}/mcp`] : isEvery(host) ? inNetworks(new URL(origin)) : [];
  const lines = [
    escapeControls(words.title({ keys, stored: gateway.storedKeys })),
    ...addressLines(addresses, lang),
    `  ${words.others}`,
    ...(further.length > 0 ? [`  ${words.further({ urls: further })}`] : []),
    ...(others.length > 0 ? [`  ${words.elsewhere({ urls: others })}`] : []),
    '',
    ...paste(
      publicUrl === undefined ? addresses[0]!.http : others[0]!,
      keys.length > 0 || gateway.storedKeys !== undefined,
      lang,
    ),
  ];
  print(`${lines.join('\n')}\n\n`);
}

/** The address of all servers, as other machines dial it. */
function inNetworks({ protocol, port }: URL): string[] {
  const addresses = (networkAddresses() ?? '').split(' ').filter(Boolean);
  return addresses.map((one) => `${protocol}//${one.includes(':') ? `[${one}]` : one}:${port}/mcp`);
}

/** What to paste into Claude Code, Cursor and VS Code; the key is a placeholder. */
function paste(url: string, isAsked: boolean, lang: Lang): string[] {
  const words = texts[lang];
  const key = isAsked ? words.yourKey : undefined;
  const blocks = (['cursor', 'vscode'] as const).map((client) => addressBlock(client, url, key));
  const [cursor, vscode] = blocks.map(({ block, file }) => `${file}:  ${JSON.stringify(block)}`);
  return [
    words.pasteTitle,
    `  Claude Code  ${claudeCommand(url, key)}`,
    `  Cursor       ${cursor}`,
    `  VS Code      ${vscode}`,
  ];
}

function namesOf(addresses: Announced['gateway']['addresses']) {
  return {
    servers: addresses.flatMap((whose) => ('server' in whose ? whose.server : [])),
    agents: addresses.flatMap((whose) => ('agent' in whose ? whose.agent : [])),
  };
}
