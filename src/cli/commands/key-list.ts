import type { KeyRecord } from '../../daemon/keys/key-file.js';
import { texts } from '../../messages/commands/key.js';
import { escapeControls } from '../../messages/human.js';
import { displayWidth, padToWidth } from '../../observe/display-width.js';
import type { Grant } from '../../protocol/grant.js';
import { rateText } from '../../protocol/rate-text.js';
import { ExitCode } from '../exit-codes.js';
import { print, printJson } from '../output.js';
import type { KeyContext } from './key-context.js';

type Words = typeof texts.en;

/** `mcp-pipe key list`. Returns the exit code. */
export function printList(
  { file, config, options, lang }: KeyContext,
  keys: readonly KeyRecord[] | undefined,
  used: ReadonlyMap<string, number>,
): number {
  const configured = Object.keys(config?.gateway.plan.keys ?? {});
  if (options.json) {
    printJson({ file, keys: (keys ?? []).map((one) => asJson(one, used.get(one.id))), configured });
    return ExitCode.ok;
  }
  const words = texts[lang];
  const lines = keys?.length
    ? table(keys, used, words)
    : [keys === undefined ? words.none({ file }) : words.emptied({ file })];
  if (configured.length > 0) lines.push(words.configured({ names: configured }));
  print(`${lines.map(escapeControls).join('\n')}\n`);
  return ExitCode.ok;
}

function table(keys: readonly KeyRecord[], used: ReadonlyMap<string, number>, words: Words): string[] {
  const { columns } = words;
  const rows = [
    [columns.name, columns.opens, columns.expires, columns.used].map((one) => one.toUpperCase()),
    ...keys.map((one) => {
      const at = used.get(one.id);
      return [
        one.name,
        grantText(one.grant, words),
        endText(one.until, words),
        at === undefined ? words.notUsed : words.ago({ ms: Math.max(0, Date.now() - at) }),
      ];
    }),
  ];
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => displayWidth(row[i]!))));
  return rows.map((row) =>
    row
      .map((cell, i) => padToWidth(cell, widths[i]!))
      .join('  ')
      .trimEnd(),
  );
}

/** What a key opens, in words. */
export function grantText(grant: Grant | undefined, { opens, everything }: Words): string {
  const { servers, agents, tools, readOnly, rate, concurrent } = grant ?? {};
  const parts = [
    ...(servers ? [opens.servers({ names: servers })] : []),
    ...(agents ? [opens.agents({ names: agents })] : []),
    ...(tools ? [opens.tools({ names: tools })] : []),
    ...(servers || agents || tools ? [] : [everything]),
    ...(readOnly ? [opens.readOnly] : []),
    ...(rate ? [rateText(rate)] : []),
    ...(concurrent ? [opens.concurrent({ most: concurrent })] : []),
  ];
  return parts.join('; ');
}

function endText(until: number | undefined, words: Words): string {
  if (until === undefined) return words.never;
  const ms = until - Date.now();
  return ms > 0 ? words.in({ ms, until }) : words.expired({ until });
}

/** A key without its hash; times as texts. */
export function asJson({ name, id, created, grant = {}, until }: KeyRecord, usedAt: number | undefined) {
  const { servers = null, agents = null, tools = null, readOnly = false, rate, concurrent = null } = grant;
  return {
    ...{ name, id, servers, agents, tools, readOnly, rate: rate ? rateText(rate) : null },
    concurrent,
    created: timeOf(created),
    expires: timeOf(until),
    expired: until !== undefined && until <= Date.now(),
    lastUsed: timeOf(usedAt),
  };
}

function timeOf(at: number | undefined): string | null {
  return at === undefined ? null : new Date(at).toISOString();
}
