import { texts } from '../../messages/commands/status.js';
import { type Lang, messagesFor } from '../../messages/index.js';
import { displayWidth, wrapWords } from '../../observe/display-width.js';
import { addressLines } from '../gateway-addresses.js';
import type { StatusReport } from './status-report.js';

/**
 * Where the gateway listens, with its addresses below it, which are not broken: where there is no room beside one, what its server
 * does stands below. So does what holds a server that has no row of its own.
 */
export function gatewayLines(
  { gateway, launches = {}, links, servers = [] }: StatusReport,
  lang: Lang,
  columns = Number.POSITIVE_INFINITY,
): string[] {
  if (!gateway) return [];
  const rows = new Set(
    [...links, ...links.flatMap(({ members }) => members ?? []), ...servers].map(({ name }) => name),
  );
  const { addresses = [] } = gateway;
  const { bounds, packages } = messagesFor(lang);
  const lines = addressLines(addresses, lang, gateway.servers, gateway.copies);
  return [
    ...wrapWords(texts[lang].gateway(gateway), columns, 0, '  ').split('\n'),
    ...lines.flatMap((line, i) => {
      const { http, server } = addresses[i]!;
      const { holding, isLockOff } = (server !== null && !rows.has(server) && launches[server]) || {};
      const end = line.indexOf(http) + http.length;
      const isNarrow = displayWidth(line) > columns;
      const below = [
        ...(isNarrow ? [line.slice(end).trim()] : []),
        ...(holding ? [bounds.holding(holding)] : []),
        ...(isLockOff ? [packages.off] : []),
      ].join('; ');
      const address = isNarrow ? line.slice(0, end) : line;
      return [address, ...(below === '' ? [] : wrapWords(`    ${below}`, columns, 0, '    ').split('\n'))];
    }),
  ];
}
