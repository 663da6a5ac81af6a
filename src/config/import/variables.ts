import { posix, win32 } from 'node:path';
import { type Lang, messagesFor } from '../../messages/index.js';
import { type EnvVariables, reference, variableName } from '../move-secrets.js';
import type { Notes } from './notes.js';
import type { ForeignServer } from './read.js';

export interface VariableOptions {
  variables: EnvVariables;
  notes: Notes;
  /** The folder of the new configuration, absolute. */
  folder: string;
  home: string;
  pathSeparator: '/' | '\\';
  /** Language of the comments that are written; default English. */
  lang?: Lang;
  /** File and id of a value that the program asks its user for -> variable. */
  asked: Map<string, string>;
}

/** Programs in whose files a bare `$NAME` is a variable. */
const BARE_VARIABLES = new Set(['Gemini CLI', 'Copilot CLI']);

/** Converts another program's variables into references of mcp-pipe, and fills in those that it knows. */
export class VariableWriter {
  constructor(
    readonly name: string,
    readonly server: ForeignServer,
    readonly options: VariableOptions,
  ) {}

  text(written: string): string {
    const { program } = this.server.location;
    let text = written.replace(/\$\{([^}]*)\}/g, (whole, inside: string) => this.#braced(whole, inside));
    if (BARE_VARIABLES.has(program)) {
      text = text.replace(/\$([A-Za-z_]\w*)/g, (_, name: string) => reference(name));
    }
    if (program === 'opencode') {
      text = text
        .replace(/\{env:([A-Za-z_]\w*)\}/g, (_, name: string) => reference(name))
        .replace(/\{file:([^}]+)\}/g, (_, file: string) => this.#file(file));
    }
    if (program === 'LibreChat') {
      text = text.replace(/\{\{\s*(\w+)\s*\}\}/g, (whole) => this.ask(whole.replace(/[{}\s]/g, '')));
    }
    return text;
  }

  /** Returns a variable of `.env` for a value that the program asks its user for, or keeps elsewhere. */
  ask(id: string, about?: string, names = [variableName(id)]): string {
    const { asked, variables, notes, lang = 'en' } = this.options;
    const { location, inputs } = this.server;
    const key = `${location.file}\n${id}`;
    const known = asked.get(key);
    if (known !== undefined) return reference(known);
    const input = inputs.find((one) => one.id === id);
    const { knownAs } = messagesFor(lang).importComments;
    const comment = about ?? input?.description ?? knownAs({ program: location.program, id });
    const isFilled = input?.default !== undefined && input.default !== '';
    const variable = variables.add(names, isFilled ? input.default : undefined, comment);
    if (!isFilled) notes.add('fill-in', { name: this.name, variable });
    asked.set(key, variable);
    return reference(variable);
  }

  #braced(whole: string, inside: string): string {
    const { home, pathSeparator, folder } = this.options;
    const workspace = this.server.location.workspace ?? folder;
    const [, kind, rest] = /^(env|input|file):(.*)$/s.exec(inside) ?? [];
    if (kind === 'env') return reference(rest!);
    if (kind === 'input')
      return this.ask(rest!, undefined, [`INPUT_${variableName(rest!)}`, variableName(rest!)]);
    if (kind === 'file') return this.#file(rest!);
    switch (inside) {
      case 'workspaceFolder':
      case 'workspaceRoot':
        return workspace;
      case 'workspaceFolderBasename':
        return workspace.split(/[\\/]/).findLast((part) => part !== '') ?? '';
      case 'userHome':
        return home;
      case 'pathSeparator':
      case '/':
        return pathSeparator;
      default:
        // `${command:pick}`, `${config:a.b}`: only the program knows the value.
        return /^[a-z]+:(?!-)/i.test(inside) ? this.ask(inside) : whole;
    }
  }

  /** A reference to the content of a file: `NAME_FILE` of `.env` names the file. */
  #file(written: string): string {
    const { variables, home, pathSeparator } = this.options;
    const { dirname, resolve } = pathSeparator === '/' ? posix : win32;
    const path = written.trim().replace(/^~(?=[\\/])/, home);
    const file = resolve(dirname(this.server.location.file), path);
    return reference(variables.addFile(variableName(written), file));
  }
}
