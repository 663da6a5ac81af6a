import { withoutServer, withoutServerOfAgents } from '../../config/edit.js';
import { nearest } from '../../config/nearest.js';
import { texts } from '../../messages/commands/remove.js';
import { excerpt } from '../../messages/human.js';
import { usageError } from '../../messages/worded.js';
import { afterEditing, type EditOptions, ofServer, openForEdit } from '../edit-session.js';
import { languageOf } from '../language.js';
import { printSentences } from '../output.js';
import { afterEdit } from '../tell-daemon.js';

/** `mcp-pipe remove NAME`: removes a server from the configuration. Returns the exit code. */
export async function remove(name: string, options: EditOptions): Promise<number> {
  const editable = await openForEdit(options);
  const { file, exists, text, names } = editable;
  if (!exists) {
    throw usageError('no-config-here', { file });
  }
  const edited = names.includes(name) ? withoutServer(text, name) : undefined;
  if (edited === undefined) {
    const shown = names.map((one) => excerpt(one, 80));
    throw usageError('no-such-server', { file, name, names: shown, meant: nearest(name, names).slice(0, 1) });
  }
  const { text: next, agents } = withoutServerOfAgents(edited, name);
  editable.prepare(next, await ofServer(name, undefined))();
  const words = texts[languageOf(options.lang, process.env)];
  const shown = (some: typeof agents) => some.map((agent) => excerpt(agent.name, 80));
  const without = agents.filter(({ left }) => left === 0);
  const lines = [
    words.removed({ name, file }),
    ...(agents.length > 0 ? [words.ofAgents({ agents: shown(agents) })] : []),
    ...(without.length > 0 ? [words.withoutServers({ agents: shown(without) })] : []),
  ];
  printSentences(`${lines.join('\n')}\n`);
  const { exitCode } = await afterEdit(afterEditing(editable, options));
  return exitCode;
}
