import type { Logger } from 'pino';
import { excerpt } from '../messages/human.js';
import { type Lang, messagesFor } from '../messages/index.js';
import type { WaitingCall } from '../protocol/held.js';
import type { WaitingForPerson } from './alerts/alerts.js';
import type { Held, HeldOptions } from './held.js';
import { KeptToolsFiles } from './kept-tools.js';

/** A name in a line of the log, in characters: longer ones would hide what is said of them. */
const NAME_LENGTH = 60;

/** What waits for people is told in the log, without arguments, and what is known of tools is kept in the state folder. */
export function heldOfRun(folder: string, logger: Pick<Logger, 'info' | 'warn'>, lang: Lang) {
  const { held: words } = messagesFor(lang);
  const onCallWaiting = ({ id, tool, server, link, at, until }: WaitingCall) => {
    const name = excerpt(tool, NAME_LENGTH);
    const seconds = Math.round((until - at) / 1_000);
    const text = words.callWaits({ tool: name, server, id, seconds });
    logger.info({ event: 'call-waits', id, server, tool: name, link }, text);
  };
  const keptTools = new KeptToolsFiles(folder, ({ file, message, isUnreadable }) => {
    const text = isUnreadable ? words.unreadable({ file, message }) : words.unkept({ file, message });
    logger.warn({ code: 'TOOLS_UNKEPT', file }, text);
  });
  return { keptTools, onCallWaiting } satisfies HeldOptions;
}

/** What an alert says of calls that wait, without arguments, and of tools that are held. */
export function waitsForPerson({ approvals, changes }: Held, lang: Lang): WaitingForPerson[] {
  const { held: words } = messagesFor(lang);
  const calls = approvals.waiting.map(({ id, tool, server, at, until }) => {
    const name = excerpt(tool, NAME_LENGTH);
    const seconds = Math.round((until - at) / 1_000);
    return { name: `${server}: ${name} (${id})`, text: words.callWaits({ tool: name, server, id, seconds }) };
  });
  const held = changes.filter(({ isHeld }) => isHeld);
  const tools = held.map(({ server, tool }) => {
    const name = excerpt(tool, NAME_LENGTH);
    return { name: `${server}: ${name}`, text: words.toolHeld({ tool: name, server }) };
  });
  return [...calls, ...tools];
}
