import { isDeepStrictEqual } from 'node:util';
import { type SwitchedKind, switched, withSwitch } from '../../config/edit-switch.js';
import { readForeignRoot } from '../../config/foreign-root.js';
import { JsonSource } from '../../config/json-source.js';
import { nearest } from '../../config/nearest.js';
import { texts } from '../../messages/commands/enable.js';
import { excerpt } from '../../messages/human.js';
import { usageError } from '../../messages/worded.js';
import { afterEditing, type Editable, type EditOptions, openForEdit } from '../edit-session.js';
import { languageOf } from '../language.js';
import { printJson, printSentences } from '../output.js';
import { afterEdit } from '../tell-daemon.js';

export interface SwitchOptions extends EditOptions {
  json?: boolean;
}

/** A server or agent of the configuration that is named on the command line. */
interface Chosen {
  name: string;
  kind: SwitchedKind;
  enabled: boolean;
}

/** `mcp-pipe enable NAME...` and `disable NAME...`: all of the names, or none. Returns the exit code. */
export async function switchEntries(
  names: readonly string[],
  isOn: boolean,
  options: SwitchOptions,
): Promise<number> {
  const editable = await openForEdit(options);
  const { file, exists, text } = editable;
  if (!exists) throw usageError('no-config-here', { file });
  const chosen = [...new Set(names)].map((name) => chosenOf(name, editable));
  const changed = chosen.filter(({ enabled }) => enabled !== isOn);
  const kept = chosen.filter(({ enabled }) => enabled === isOn);
  if (changed.length > 0) write(editable, text, changed, isOn);
  const isNothingLeft =
    !isOn &&
    editable.servers.every(({ name, enabled }) => !enabled || changed.some((one) => one.name === name));
  const editing = { ...afterEditing(editable, options), json: options.json === true };
  if (options.json) {
    const { told, exitCode } = await afterEdit(editing);
    const done = { file, enabled: isOn, changed: namesOf(changed), unchanged: namesOf(kept) };
    printJson({ ...done, running: told ?? null });
    return exitCode;
  }
  const words = texts[languageOf(options.lang, process.env)];
  const lines = [
    ...(changed.length > 0 ? [words.switched({ names: shown(changed), isOn, file })] : []),
    ...(kept.length > 0 ? [words.already({ names: shown(kept), isOn })] : []),
    ...(isNothingLeft ? [words.nothingLeft] : []),
  ];
  printSentences(`${lines.join('\n')}\n`);
  const { exitCode } = await afterEdit({ ...editing, isSilentAlone: isNothingLeft });
  return exitCode;
}

function namesOf(chosen: readonly Chosen[]): string[] {
  return chosen.map(({ name }) => name);
}

function shown(chosen: readonly Chosen[]): string[] {
  return namesOf(chosen).map((name) => excerpt(name, 80));
}

/** @throws UsageError with the nearest name. */
function chosenOf(name: string, { file, servers, agents }: Editable): Chosen {
  const server = servers.find((one) => one.name === name);
  if (server) return { name, kind: 'server', enabled: server.enabled };
  const agent = agents.find((one) => one.name === name);
  if (agent) return { name, kind: 'agent', enabled: agent.enabled };
  const names = [...servers, ...agents].map((one) => one.name);
  throw usageError('nothing-to-switch', {
    ...{ file, name: excerpt(name, 80), names: names.map((one) => excerpt(one, 80)) },
    meant: nearest(name, names).slice(0, 1),
  });
}

function write(editable: Editable, text: string, changed: readonly Chosen[], isOn: boolean): void {
  const { file } = editable;
  let next = text;
  for (const { name, kind } of changed) {
    const edited = withSwitch(next, kind, name, isOn);
    // Not a part of the entry itself: a list beside the servers, or a part of the program that wrote the file.
    const isOff = isOn && kind === 'server' && readForeignRoot(new JsonSource(file, next).value).isOff(name);
    if (edited === undefined || isOff || edited === next)
      throw usageError('not-switchable', { file, name: excerpt(name, 80), why: isOff ? 'list' : 'entry' });
    next = edited;
  }
  editable.prepare(next, (before, after) =>
    isDeepStrictEqual(
      changed.reduce((root, { name, kind }) => switched(root, kind, name, isOn), before),
      after,
    ),
  )();
}
