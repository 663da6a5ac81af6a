import { statSync } from 'node:fs';
import { resolve, sep } from 'node:path';
import { confirm, isCancel, multiselect, note, password, text } from '@clack/prompts';
import { type ForeignServer, isRemote } from '../../config/import/read.js';
import { texts } from '../../messages/commands/init.js';
import { escapeControls } from '../../messages/human.js';
import { type Lang, messagesFor } from '../../messages/index.js';
import { endpointError } from '../endpoint-option.js';
import { PRESETS, type Preset } from '../first-servers.js';

/** Ctrl-C was pressed at a question. */
export class Interrupted extends Error {}

export interface Choice {
  presets: Preset[];
  /** Indexes in the list of servers that were found. */
  imported: number[];
}

/** Asks for the address; undefined when none is given. The typed text is not shown. @throws Interrupted */
export async function askEndpoint(lang: Lang): Promise<string | undefined> {
  const typed = await password({
    message: texts[lang].askEndpoint,
    validate: (value) => {
      const error = value?.trim() ? endpointError(value) : undefined;
      return error && messagesFor(lang).errors['endpoint-option']({ ...error, asked: true }).what;
    },
  });
  return answered(typed)?.trim() || undefined;
}

/** Asks which servers to write. @throws Interrupted */
export async function askServers(found: readonly ForeignServer[], lang: Lang): Promise<Choice> {
  const words = texts[lang];
  if (found.length > 0) {
    const files = [...new Set(found.map(({ location }) => `${location.program}: ${location.file}`))];
    note(files.map(escapeControls).join('\n'), words.othersServers);
  }
  const options = [
    ...PRESETS.map((preset) => ({ value: preset as string, label: preset, hint: words.presets[preset] })),
    ...found.map((server, i) => ({
      value: String(i),
      label: escapeControls(`${server.name} (${server.location.program || 'import'})`),
      hint: isRemote(server) ? words.remoteHint : words.importedHint,
    })),
  ];
  // The library's own instructions are English, so they are off.
  const ask = { required: false, showInstructions: false, options };
  let chosen = answered(
    await multiselect<string>({ ...ask, message: words.askServers, initialValues: [PRESETS[0]] }),
  );
  while (chosen.length === 0) {
    chosen = answered(await multiselect<string>({ ...ask, message: words.chooseServers }));
  }
  return {
    presets: PRESETS.filter((preset) => chosen.includes(preset)),
    imported: found.flatMap((_, i) => (chosen.includes(String(i)) ? [i] : [])),
  };
}

/** Asks for the folder of `filesystem`: an absolute path, or the default one. @throws Interrupted */
export async function askFolder(own: string, folder: string, lang: Lang): Promise<string> {
  const words = texts[lang];
  const typed = await text({
    message: words.askFolder,
    placeholder: own,
    defaultValue: own,
    validate: (value) => {
      if (!value?.trim() || value === own) return undefined;
      const served = resolve(value);
      if (!statSync(served, { throwIfNoEntry: false })?.isDirectory()) return words.noFolder;
      return `${folder}${sep}`.startsWith(served.endsWith(sep) ? served : `${served}${sep}`)
        ? words.folderWithToken({ own })
        : undefined;
    },
  });
  const chosen = answered(typed) || own;
  return chosen === own ? own : resolve(chosen);
}

/** Asks whether secrets go to `.env`. @throws Interrupted */
export async function askMoveSecrets(names: readonly string[], lang: Lang): Promise<boolean> {
  const { yes, no } = messagesFor(lang).commands;
  const message = texts[lang].askSecrets({ names: escapeControls(names.join(', ')) });
  return answered(await confirm({ message, active: yes, inactive: no }));
}

function answered<T>(answer: T): Exclude<T, symbol> {
  if (isCancel(answer)) throw new Interrupted();
  return answer as Exclude<T, symbol>;
}
