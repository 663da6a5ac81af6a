import { withoutServer } from '../../config/edit.js';
import { nearest } from '../../config/nearest.js';
import { texts } from '../../messages/commands/remove.js';
import { excerpt } from '../../messages/human.js';
import { usageError } from '../../messages/worded.js';
import { type EditOptions, openForEdit } from '../edit-session.js';
import { ExitCode } from '../exit-codes.js';
import { languageOf } from '../language.js';
import { print } from '../output.js';

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
  editable.prepare(edited, { name, entry: undefined })();
  const words = texts[languageOf(options.lang, process.env)];
  print(`${words.removed({ name, file })}\n`);
  return ExitCode.ok;
}
