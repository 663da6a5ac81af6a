import { type ControlChoice, controlPathsOf } from '../../daemon/control-place.js';
import { heldLeases, leaseFolder } from '../../daemon/lease-folder.js';
import type { SharedLeases } from '../../daemon/shared-leases.js';
import { NoDaemonError } from '../../faces/control/client.js';
import { texts } from '../../messages/commands/leases.js';
import { escapeControls, formatClock } from '../../messages/human.js';
import type { Lang } from '../../messages/index.js';
import type { LinkSnapshot } from '../../observe/link-snapshot.js';
import { askDaemon } from '../ask-daemon.js';
import { ExitCode } from '../exit-codes.js';
import { languageOf } from '../language.js';
import { print, printSentences } from '../output.js';
import { columns, readStored, storedJson, storedLines } from './leases-stored.js';

export interface LeasesOptions extends ControlChoice {
  json?: boolean;
  lang?: string;
}

type Held = ReturnType<typeof heldLeases>;

/** A running daemon answers at once. */
const DAEMON_TIMEOUT_MS = 2_000;

/** `mcp-pipe leases`: reads the lock files and Redis, and asks the running daemon of this configuration which links wait. */
export async function leases(options: LeasesOptions): Promise<number> {
  const folder = leaseFolder();
  const held = heldLeases(folder);
  const [waiting, stored] = await Promise.all([waitingLinks(options), readStored(options)]);
  const lang = languageOf(options.lang, process.env);
  if (options.json) print(asJson(folder, held, waiting, stored));
  else printSentences(asText(held, waiting, stored, lang));
  return stored !== undefined && 'reason' in stored ? ExitCode.runtime : ExitCode.ok;
}

/** Links of this configuration that wait for a lease; undefined when no daemon of it runs. */
async function waitingLinks(options: LeasesOptions): Promise<LinkSnapshot[] | undefined> {
  try {
    const { result } = await askDaemon(controlPathsOf(options).paths, 'links', DAEMON_TIMEOUT_MS);
    const { links } = (result ?? {}) as { links?: LinkSnapshot[] };
    return (links ?? []).filter(({ parked }) => parked);
  } catch (error) {
    if (error instanceof NoDaemonError) return undefined;
    throw error;
  }
}

/**
 * `leases`: every slot that is taken, by a process that is `alive` or not; null where its file does not say. `waiting`:
 * links of the daemon that wait for a lease, since when, and one of the holders. `redis`: null without one; else what it has of
 * the tokens and accounts of this configuration, on all machines. Times are milliseconds since 1970.
 */
function asJson(
  folder: string,
  held: Held,
  waiting: readonly LinkSnapshot[] | undefined,
  stored: SharedLeases | undefined,
): string {
  const report = {
    folder,
    leases: held.map(({ slot, isAlive, content }) => ({
      of: content?.kind ?? null,
      label: content?.label ?? null,
      slot,
      link: content?.link ?? null,
      pid: content?.pid ?? null,
      since: content?.since ?? null,
      alive: isAlive,
    })),
    daemon: waiting !== undefined,
    waiting: (waiting ?? []).map(({ name, parked, since }) => {
      const { of, label, slots, isOwn, holder, obstacle } = parked!;
      return {
        ...{ link: name, since, of, label, slots, isOwn },
        ...{ holder: holder ?? null, obstacle: obstacle ?? null },
      };
    }),
    redis: stored === undefined ? null : storedJson(stored),
  };
  return `${JSON.stringify(report, null, 2)}\n`;
}

function asText(
  held: Held,
  waiting: readonly LinkSnapshot[] | undefined,
  stored: SharedLeases | undefined,
  lang: Lang,
): string {
  const words = texts[lang];
  const whose = (kind: 'token' | 'account', label: string) => words[kind]({ label });
  const rows = held.map(({ slot, isAlive, content }) => [
    content ? whose(content.kind, content.label) : words.unknown,
    words.connection({ number: slot + 1 }),
    content?.link ?? '-',
    content ? words.process(content) : '-',
    content ? words.since({ at: formatClock(content.since) }) : '-',
    isAlive ? words.alive : words.stale,
  ]);
  const lines = columns(rows);
  if (rows.length === 0) lines.push(words.none);
  if (stored) lines.push('', ...storedLines(stored, lang));
  for (const { name, parked } of waiting ?? []) {
    const { of, label, holder, obstacle } = parked!;
    lines.push(words.waiting({ link: name, whose: whose(of, label), holder, obstacle }));
  }
  if (waiting === undefined) lines.push(words.noDaemon);
  return `${lines.map(escapeControls).join('\n')}\n`;
}
