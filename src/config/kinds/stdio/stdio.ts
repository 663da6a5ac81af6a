import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type * as z from 'zod';
import { launch, type ServerCommand } from '../../../process/launch.js';
import type { Confinement } from '../../../sandbox/confinement.js';
import { stdioTransport } from '../../../transports/stdio.js';
import { fetcherOf } from '../../command-name.js';
import { errorAt } from '../../finding.js';
import { shownAs } from '../../shown-as.js';
import { keptVariables } from '../inherited-variables.js';
import type { EntryReader, KeyForms, ServerKindDefinition } from '../kind.js';
import { confinedKeys, type ReadConfinement, readConfinement } from './confined.js';
import type { Started } from './facts.js';
import { fetchedPackage } from './fetched-package.js';
import { ESCAPED, foreignPaths } from './foreign-path.js';
import { shownCommand } from './shown.js';

const keys = (forms: KeyForms) => ({
  command: forms.text
    .optional()
    .describe('The program to start. A path that begins with ./ or ../ is relative to cwd.')
    .meta({ examples: ['npx', 'uvx', 'node', 'python'] }),
  args: forms.listOfTexts.optional().describe('Its arguments, each a text of its own. Default: none.'),
  cwd: forms.text
    .optional()
    .describe(
      'The folder it starts in, relative to the folder of this file. Default: that folder, or the one around .vscode or .cursor.',
    ),
  ...confinedKeys(forms),
});

type Entry = z.infer<z.ZodObject<ReturnType<typeof keys>>>;

/** A server that is a process, spoken to over its standard input and output. */
export interface StdioPlan {
  /** Discriminates the kinds of servers. */
  kind: 'stdio';
  /** The command to start, and its environment. */
  launch: ServerCommand;
  /** What holds it; undefined: nothing. */
  confinement?: Confinement | undefined;
}

/** Servers that are processes (MCP "Transports", stdio). */
export const stdio = {
  names: ['stdio', 'local'],
  key: 'command',
  opened: ['launch', 'launch.env'],
  openedWith: ['maxFrameBytes', 'maxQueuedBytes', 'endTimeoutMs', 'termTimeoutMs', 'strayTimeoutMs'],
  keys,
  isMeant: ({ command = '', image }) => command.trim() !== '' || image !== undefined,
  read(entry, reader): Started {
    // Whether the folder exists shows when the server is started: a missing one stops no other server.
    const cwd =
      entry.cwd === undefined ? reader.folder : resolve(reader.folder, reader.text(entry.cwd, 'cwd'));
    const confinement = readConfinement(entry, cwd, reader);
    // The image has a program of its own.
    const isInImage = confinement?.image !== undefined;
    const command = isInImage ? (entry.command ?? '') : commandOf(entry, cwd, reader);
    const args = (entry.args ?? []).map((value, i) => reader.text(value, 'args', i));
    const written = { command, args, cwd: entry.cwd, placeOf: reader.placeOf };
    if (!isInImage) reader.report(...foreignPaths(written, reader.platform));
    return { kind: 'stdio', command, args, cwd, ...(confinement ? { confinement } : {}) };
  },
  plan: ({ command, args, cwd, confinement }, env, _proxy, variables, variableFiles): StdioPlan => ({
    ...{ kind: 'stdio', launch: { command, args, cwd, env } },
    ...(confinement ? { confinement: planned(confinement, variables, variableFiles) } : {}),
  }),
  /** Names of variables, and values that are no secrets, stay visible. */
  hideSecrets({ launch }, redactor) {
    const { args, env } = launch;
    shownAs(launch, () => ({
      ...launch,
      args: args.map((arg) => redactor.redact(arg)),
      env: Object.keys(env).sort(),
    }));
  },
  summary: ({ command, confinement }) => ({ command: confinement?.image?.name ?? command }),
  shown: shownCommand,
  inJson: ([command = null, ...args]) => ({ command, args }),
  async check(facts) {
    // Loaded only for a check.
    const { rules } = await import('./rules.js');
    // What runs in a container is not on this machine.
    const servers = facts.servers.filter(({ confinement }) => confinement?.image === undefined);
    return rules.flatMap((rule) => rule({ ...facts, servers }));
  },
  fetches({ launch: { command, args, cwd, env }, confinement }) {
    if (confinement?.image) return undefined;
    const fetched = fetchedPackage(command, args);
    return fetched && { ...fetched, cwd, env };
  },
  keepsInherited(next, { launch: running }, inherited) {
    const { env, variables } = keptVariables(next.launch.env, running.env, inherited);
    return { opened: { ...next, launch: { ...next.launch, env } }, variables };
  },
  source({ kind, name, launch: started, confinement }, settings, host) {
    const { args } = started;
    const { maxFrameBytes, maxQueuedBytes, endTimeoutMs, termTimeoutMs, strayTimeoutMs } = settings;
    const command = confinement?.image?.name ?? started.command;
    return {
      ...{ kind, name, shown: [command, ...args].join(' '), fetcher: fetcherOf(command, args) },
      open: async ({ onStatus, signal }) => {
        const tell = (line: string) => onStatus({ type: 'server-stderr', line });
        let made = started;
        for (const step of host?.steps ?? []) made = await step(made, name, signal, tell, onStatus);
        return stdioTransport(await launch(made), {
          ...{ maxFrameBytes, maxQueuedBytes, endTimeoutMs, termTimeoutMs, strayTimeoutMs },
          onStderr: (line) => onStatus({ type: 'server-stderr', line }),
          onStrays: (processes) => onStatus({ type: 'strays-ended', processes }),
        });
      },
    };
  },
} satisfies ServerKindDefinition<Entry, Started, StdioPlan>;

function planned(
  { image, own, ...confinement }: ReadConfinement,
  variables: readonly string[],
  variableFiles: readonly string[],
): Confinement {
  const all = [...new Set([...own, ...variableFiles])];
  return { ...confinement, own: all, ...(image ? { image: { ...image, variables } } : {}) };
}

function commandOf({ command, args = [] }: Entry, cwd: string, reader: EntryReader): string {
  const { raw } = reader;
  const place = reader.placeOf('command');
  if (command === undefined || command.trim() === '') {
    // A command of the wrong type was reported already, and so was an entry that is no object.
    if (command === undefined && (!isObject(raw) || raw.command !== undefined)) return '';
    reader.report(errorAt(place, 'no-command', { isEmpty: command !== undefined }));
    return '';
  }
  const text = reader.text(command, 'command');
  if (ESCAPED.test(text.trim())) {
    reader.report(errorAt(place, 'escaped-path', { path: text }));
    return '';
  }
  const words = reader.isFilled('command') ? text.trim().split(/\s+/) : [];
  if (words.length > 1 && args.length === 0 && !existsSync(resolve(cwd, text))) {
    // Only the first word is repeated: an argument may be a secret.
    reader.report(errorAt(place, 'command-line', { program: words[0]!, more: words.length - 1 }));
  }
  // Relative to the server's folder on every system; Windows would search in the folder of mcp-pipe.
  return /^\.{1,2}[\\/]/.test(text) ? resolve(cwd, text) : text;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
