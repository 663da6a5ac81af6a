import { isLocalHost } from '../../config/gateway-section.js';
import type { Gateway } from '../../daemon/gateway/gateway.js';
import { networkAddresses } from '../../daemon/network-addresses.js';
import { texts } from '../../messages/commands/serve.js';
import { escapeControls } from '../../messages/human.js';
import { type Lang, messagesFor } from '../../messages/index.js';
import { addressLines, type GatewayAddress, gatewayAddresses } from '../gateway-addresses.js';
import type { RunningLog } from '../logging.js';
import { addressBlock, claudeCommand } from './print-config.js';

/** What is said of a gateway that has begun to listen. */
export interface Announced {
  gateway: Pick<Gateway, 'origin' | 'addresses'>;
  /** As the plan has it. */
  host: string;
  /** Names of its keys. */
  keys: readonly string[];
}

/** Every address: for people as a table, with what to paste into clients; else as lines of the log. */
export function announceGateway(
  { gateway, host, keys }: Announced,
  { logger, print }: Pick<RunningLog, 'logger' | 'print'>,
  lang: Lang,
  isForPeople: boolean,
): void {
  const { origin } = gateway;
  if (origin === undefined) return;
  const addresses = gatewayAddresses(dialled(origin, host), namesOf(gateway.addresses));
  const words = messagesFor(lang).gateway;
  if (!isForPeople) {
    for (const { server, agent, http } of addresses) {
      const of = agent === null ? (server ?? words.all) : words.ofAgent({ agent });
      logger.info({ event: 'gateway-address', url: http, server, agent }, words.at({ of, url: http }));
    }
    return;
  }
  print(
    `${[...table(addresses, keys, origin, host, lang), '', ...paste(addresses[0]!.http, keys, lang)].join('\n')}\n\n`,
  );
}

function table(
  addresses: readonly GatewayAddress[],
  keys: readonly string[],
  origin: string,
  host: string,
  lang: Lang,
): string[] {
  const words = messagesFor(lang).gateway;
  const elsewhere = isLocalHost(host) || !isEvery(host) ? [] : networkAddresses().split(' ').filter(Boolean);
  const port = new URL(origin).port;
  const others = elsewhere.map((one) => `http://${one.includes(':') ? `[${one}]` : one}:${port}/mcp`);
  return [
    escapeControls(words.title({ keys })),
    ...addressLines(addresses, lang),
    `  ${words.others}`,
    ...(others.length > 0 ? [`  ${words.elsewhere({ urls: others })}`] : []),
  ];
}

/** What to paste into Claude Code, Cursor and VS Code; the key is a placeholder. */
function paste(url: string, keys: readonly string[], lang: Lang): string[] {
  const words = texts[lang];
  const key = keys.length === 0 ? undefined : words.yourKey;
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

function isEvery(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}

/** The origin as this machine dials it: 0.0.0.0 is no address to dial. */
function dialled(origin: string, host: string): string {
  return isEvery(host) ? `http://localhost:${new URL(origin).port}` : origin;
}
