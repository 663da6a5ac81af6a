import { statSync } from 'node:fs';
import { resolve, sep } from 'node:path';
import { confirm, isCancel, multiselect, note, password, text } from '@clack/prompts';
import { type ForeignServer, isRemote } from '../../config/import/read.js';
import { escapeControls } from '../../observe/human.js';
import { usageError } from '../../observe/worded.js';
import { endpointMistake } from '../endpoint-option.js';
import { PRESETS, type Preset } from '../first-servers.js';

/** Ctrl-C at a question. */
export class Interrupted extends Error {}

export interface Choice {
  presets: Preset[];
  /** Positions in what was found. */
  imported: number[];
}

const ABOUT: Record<Preset, string> = {
  calculator: 'one file without dependencies, to start from',
  memory: 'remembers what you say; npx fetches it',
  filesystem: 'reads and writes one folder; npx fetches it',
};

/** The address, or nothing. What is typed is not shown. @throws Interrupted */
export async function askEndpoint(): Promise<string | undefined> {
  const typed = await password({
    message: 'Address of the endpoint, with its token (hidden; Enter leaves it for later)',
    validate: (value) => {
      const mistake = value?.trim() ? endpointMistake(value) : undefined;
      return mistake && usageError('endpoint-option', mistake).message;
    },
  });
  return answered(typed)?.trim() || undefined;
}

/** Which servers. @throws Interrupted */
export async function askServers(found: readonly ForeignServer[]): Promise<Choice> {
  if (found.length > 0) {
    const files = [...new Set(found.map(({ location }) => `${location.program}: ${location.file}`))];
    note(files.map(escapeControls).join('\n'), 'Servers of other programs');
  }
  const chosen = answered(
    await multiselect<string>({
      message: 'Which servers? (space chooses, Enter goes on)',
      required: true,
      initialValues: [PRESETS[0]],
      options: [
        ...PRESETS.map((preset) => ({ value: preset as string, label: preset, hint: ABOUT[preset] })),
        ...found.map((server, i) => ({
          value: String(i),
          label: escapeControls(`${server.name} (${server.location.program || 'import'})`),
          hint: isRemote(server) ? 'remote: cannot run yet' : 'imported',
        })),
      ],
    }),
  );
  return {
    presets: PRESETS.filter((preset) => chosen.includes(preset)),
    imported: found.flatMap((_, i) => (chosen.includes(String(i)) ? [i] : [])),
  };
}

/** The folder for `filesystem`, absolute or the one of its own. @throws Interrupted */
export async function askFolder(own: string, folder: string): Promise<string> {
  const typed = await text({
    message: 'Which folder may the server filesystem read and write? (not the one with your token in it)',
    placeholder: own,
    defaultValue: own,
    validate: (value) => {
      if (!value?.trim() || value === own) return undefined;
      const served = resolve(value);
      if (!statSync(served, { throwIfNoEntry: false })?.isDirectory()) return 'There is no such folder.';
      return `${folder}${sep}`.startsWith(served.endsWith(sep) ? served : `${served}${sep}`)
        ? `Whoever can ask the server could read your token in .env there: take ${own}, for instance.`
        : undefined;
    },
  });
  const chosen = answered(typed) || own;
  return chosen === own ? own : resolve(chosen);
}

/** Whether secrets go to `.env`. @throws Interrupted */
export async function askMoveSecrets(names: readonly string[]): Promise<boolean> {
  return answered(
    await confirm({ message: `Move secrets into .env (${escapeControls(names.join(', '))})?` }),
  );
}

function answered<T>(answer: T): Exclude<T, symbol> {
  if (isCancel(answer)) throw new Interrupted();
  return answer as Exclude<T, symbol>;
}
