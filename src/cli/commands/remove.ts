import { withoutServer } from '../../config/edit.js';
import { nearest } from '../../config/nearest.js';
import { excerpt } from '../../observe/human.js';
import { UsageError } from '../../protocol/errors.js';
import { type EditOptions, openForEdit } from '../edit-session.js';
import { ExitCode } from '../exit-codes.js';
import { print } from '../output.js';

/** `mcp-pipe remove NAME`: takes a server out of the configuration. The result is the exit code. */
export async function remove(name: string, options: EditOptions): Promise<number> {
  const editable = await openForEdit(options);
  const { file, exists, text, names } = editable;
  if (!exists) {
    throw new UsageError(`There is no ${file}.`, { next: 'Name the configuration with --config.' });
  }
  const edited = names.includes(name) ? withoutServer(text, name) : undefined;
  if (edited === undefined) {
    const [meant] = nearest(name, names);
    throw new UsageError(
      `${file} has no server ${name}; it has ${names.map((one) => excerpt(one, 80)).join(', ') || 'none'}.`,
      {
        ...(meant === undefined ? {} : { next: `Did you mean ${meant}?` }),
      },
    );
  }
  editable.prepare(edited, { name, entry: undefined })();
  print(`${name} removed from ${file}. What .env holds for it stays.\n`);
  return ExitCode.ok;
}
