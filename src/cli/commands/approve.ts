import { texts } from '../../messages/commands/approve.js';
import { texts as decline } from '../../messages/commands/decline.js';
import { escapeText, excerpt, formatClock } from '../../messages/human.js';
import type { Lang } from '../../messages/index.js';
import type { Decided, ShownChange, ShownHeld } from '../../protocol/held.js';
import { type AskOptions, askFor, withDaemon } from '../ask-daemon.js';
import { ExitCode } from '../exit-codes.js';
import { languageOf } from '../language.js';
import { print, printError, printJson, printSentences, printStyled } from '../output.js';
import { wantsColour } from '../terminal.js';

export interface ApproveOptions extends AskOptions {
  all?: boolean;
  /** In milliseconds. */
  for?: number;
}

export interface DeclineOptions extends AskOptions {
  reason?: string;
}

/** A name in a sentence, in characters: longer ones would hide what is said of them. */
const NAME_LENGTH = 80;

/** `mcp-pipe approve [what] [tool]`: lists what waits, or approves it. Returns the exit code. */
export async function approve(
  what: string | undefined,
  tool: string | undefined,
  options: ApproveOptions,
): Promise<number> {
  const lang = languageOf(options.lang, process.env);
  return await withDaemon(options, async () => {
    const isListed = what === undefined && !options.all;
    const held = await askFor<ShownHeld>(options, 'approvals', { lang, whole: options.json === true });
    if (isListed) {
      if (options.json) printJson(held);
      else list(held, lang);
      return ExitCode.ok;
    }
    const changes = changesOf(held, what, tool);
    // An id of a call is not looked up: it may have begun to wait just now.
    const ids = changes.length > 0 || what === undefined ? changes.map(({ id }) => id) : [what];
    const aheadMs = options.for === undefined ? {} : { aheadMs: options.for };
    const done = await askFor<Decided>(options, 'approve', { ids, lang, ...aheadMs });
    if (options.json) printJson(done);
    else {
      // What is approved is what was read just now, and is shown once more.
      showChanges(
        changes.filter(({ id }) => done.changes.some((one) => one.id === id)),
        lang,
      );
      tellApproved(done, what, lang);
    }
    return done.calls.length + done.changes.length > 0 || what === undefined ? ExitCode.ok : ExitCode.runtime;
  });
}

/** `mcp-pipe decline ID…`. Returns the exit code. */
export async function declineCalls(ids: readonly string[], options: DeclineOptions): Promise<number> {
  const lang = languageOf(options.lang, process.env);
  const { reason } = options;
  return await withDaemon(options, async () => {
    const asked = { ids, lang, ...(reason === undefined ? {} : { reason }) };
    const done = await askFor<Decided>(options, 'decline', asked);
    if (options.json) printJson(done);
    else {
      const words = decline[lang];
      printSentences([...done.calls.map(words.call), ...done.ahead.map(words.ahead)].map(asLine).join(''));
      tellGone(done, lang);
    }
    return done.calls.length + done.ahead.length > 0 ? ExitCode.ok : ExitCode.runtime;
  });
}

/** The changes that are meant: of an id, of a server, of one of its tools, or all. */
function changesOf(
  { changes }: ShownHeld,
  what: string | undefined,
  tool: string | undefined,
): ShownChange[] {
  if (what === undefined) return [...changes];
  const byId = tool === undefined ? changes.filter(({ id }) => id === what) : [];
  if (byId.length > 0) return byId;
  return changes.filter((one) => one.server === what && (tool === undefined || one.tool === tool));
}

function tellApproved(done: Decided, what: string | undefined, lang: Lang): void {
  const words = texts[lang];
  const lines = [...done.calls.map(words.approvedCall), ...done.changes.map(words.approvedChange)];
  if (lines.length > 0) printSentences(lines.map(asLine).join(''));
  else if (what === undefined) printSentences(asLine(words.nothing));
  tellGone(done, lang);
}

function tellGone({ gone }: Decided, lang: Lang): void {
  for (const name of gone) printError(asLine(texts[lang].gone({ name: excerpt(name, NAME_LENGTH) })));
}

function list(held: ShownHeld, lang: Lang): void {
  const words = texts[lang];
  const { calls, changes, moreChanges, ahead, at } = held;
  if (calls.length + changes.length + ahead.length === 0) return print(asLine(words.nothing));
  for (const call of calls) {
    const { id, server, until, link, key, agent } = call;
    const caller = excerpt([key, agent, link].filter((one) => one !== undefined).join(', '), NAME_LENGTH);
    const seconds = Math.max(0, Math.round((until - at) / 1_000));
    const tool = excerpt(call.tool, NAME_LENGTH);
    printSentences(asLine(words.call({ id, tool, server, caller, seconds })));
    print(indented(call.arguments === '' ? words.noArguments : call.arguments));
    printSentences(`  ${words.callNext({ id })}\n\n`);
  }
  showChanges(changes, lang, true);
  if (moreChanges > 0) printSentences(asLine(words.moreChanges({ count: moreChanges })));
  for (const { id, tool, server, caller, until } of ahead)
    printSentences(
      asLine(
        words.ahead({ id, tool: excerpt(tool, NAME_LENGTH), server, caller, until: formatClock(until, at) }),
      ),
    );
}

function showChanges(changes: readonly ShownChange[], lang: Lang, withNext = false): void {
  const words = texts[lang];
  const colour = wantsColour(process.env, process.stdout.isTTY === true);
  for (const { id, server, tool, change, isHeld, lines } of changes) {
    const named = { id, server, tool: excerpt(tool, NAME_LENGTH) };
    printSentences(asLine(change === 'new' ? words.added(named) : words.changed(named)));
    if (!lines) printSentences(`  ${words.tooLong}\n`);
    for (const line of lines ?? []) printStyled(`  ${diffLine(line, colour, lang)}\n`);
    if (withNext) printSentences(`  ${isHeld ? words.held : words.notHeld}\n  mcp-pipe approve ${id}\n\n`);
  }
}

type Line = NonNullable<ShownChange['lines']>[number];

const COLOURS = { '-': 31, '+': 32 } as const;

/** What differs within a line is shown inverse; the daemon has spelled out what cannot be seen. */
function diffLine({ mark, text, part }: Line, colour: boolean, lang: Lang): string {
  if (mark === '…') {
    const left = texts[lang].leftOut({ lines: escapeText(text) });
    return colour ? `\u001b[2m${left}\u001b[0m` : left;
  }
  if (!colour || mark === ' ') return `${mark} ${escapeText(text)}`;
  const [from, to] = part ?? [0, 0];
  const shown = [
    escapeText(text.slice(0, from)),
    ...(to > from ? [`\u001b[7m${escapeText(text.slice(from, to))}\u001b[27m`] : []),
    escapeText(text.slice(to)),
  ].join('');
  return `\u001b[${COLOURS[mark]}m${mark} ${shown}\u001b[0m`;
}

function indented(text: string): string {
  return text
    .split('\n')
    .map((line) => `    ${line}\n`)
    .join('');
}

function asLine(text: string): string {
  return `${text}\n`;
}
