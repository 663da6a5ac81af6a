import { hiddenTools, isRecord } from './foreign-root.js';

/** An entry as `mcpServers` has it, and what could not be brought there. */
export interface NormalEntry {
  entry: Record<string, unknown>;
  /** Keys of the other form that have no place here: `command.env.X`, `tools.add.description`. */
  rest: [key: string, value: unknown][];
}

/** What a tool's entry may say besides being switched off: facts that the program wrote down for itself. */
const NOTED_BY_PROGRAM = new Set(['enable', 'enabled', 'usageCount', 'lastUsedTime']);

/**
 * Forms that other programs give an entry, brought into the one of `mcpServers`: a command with its arguments as a list
 * (opencode) or an object (Zed), variables as `environment` (opencode) or `envs` (goose), tools that are switched off one
 * by one (xiaozhi-mcphub). Anything else stays as it is.
 */
export function normalEntry(name: string, raw: unknown, hidden: readonly string[] = []): NormalEntry {
  if (!isRecord(raw)) return { entry: raw as Record<string, unknown>, rest: [] };
  let entry: Record<string, unknown> = raw;
  const rest: NormalEntry['rest'] = [];
  const rename = (from: string, to: string) => {
    if (entry[from] === undefined || (entry[to] !== undefined && !isBlank(entry[to]))) return;
    const { [from]: value, ...others } = entry;
    entry = { ...others, [to]: value };
  };
  if (typeof raw.cmd === 'string') rename('cmd', 'command');
  if (isTexts(raw.environment)) rename('environment', 'env');
  if (isTexts(raw.envs)) rename('envs', 'env');
  const args = Array.isArray(entry.args) ? entry.args : [];
  // What is no list gives way to the arguments of a command that is one, or that is an object.
  const replaceArgs = (more: readonly unknown[]) => {
    if (entry.args !== undefined && !Array.isArray(entry.args)) rest.push(['args', entry.args]);
    entry.args = [...more, ...args];
  };
  if (Array.isArray(entry.command) && entry.command.length > 0 && entry.command.every(isPlain)) {
    const [command, ...more] = entry.command;
    entry = { ...entry, command };
    if (more.length > 0) replaceArgs(more);
  }
  if (isRecord(entry.command) && typeof entry.command.path === 'string') {
    const { path, ...others } = entry.command;
    entry = { ...entry, command: path };
    for (const [key, value] of Object.entries(others)) {
      const { env } = entry;
      if (key === 'args' && Array.isArray(value) && value.every(isPlain)) replaceArgs(value);
      else if (key === 'env' && isTexts(value) && (env === undefined || isRecord(env))) {
        entry.env = { ...value, ...env };
      } else rest.push([`command.${key}`, value]);
    }
  }
  if (isSwitches(entry.tools)) {
    const { tools, ...others } = entry;
    rest.push(...notesOfTools(tools));
    entry = others;
    hidden = [...hidden, ...hiddenTools(tools)];
  }
  return { entry: hidden.length === 0 ? entry : withHidden(name, entry, hidden), rest };
}

function withHidden(
  name: string,
  entry: Record<string, unknown>,
  hidden: readonly string[],
): Record<string, unknown> {
  const before = Array.isArray(entry.disabledTools) ? entry.disabledTools : [];
  // xiaozhi-mcphub and xiaozhi-client may call the tool `add` of the server `calc` so; here it has its own name.
  const own = hidden.flatMap((tool) => {
    const prefix = ['-', '__', '_xzcli_'].map((sign) => name + sign).find((one) => tool.startsWith(one));
    return prefix === undefined ? [tool] : [tool, tool.slice(prefix.length)];
  });
  return { ...entry, disabledTools: [...new Set([...before, ...own])] };
}

/** `{ "add": { "enabled": false } }`, and not `{ "allow": […] }`. */
function isSwitches(tools: unknown): tools is Record<string, unknown> {
  if (!isRecord(tools)) return false;
  const all = Object.values(tools);
  return all.length > 0 && all.every((one) => isRecord(one));
}

function notesOfTools(tools: Record<string, unknown>): NormalEntry['rest'] {
  return Object.entries(tools).flatMap(([tool, said]) =>
    Object.entries(isRecord(said) ? said : {})
      .filter(([key, value]) => !NOTED_BY_PROGRAM.has(key) || (isSwitch(key) && typeof value !== 'boolean'))
      .map(([key, value]): [string, unknown] => [`tools.${tool}.${key}`, value]),
  );
}

const isSwitch = (key: string) => key === 'enable' || key === 'enabled';

/** What can be written as a text. */
export function isPlain(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

function isTexts(value: unknown): value is Record<string, unknown> {
  return isRecord(value) && Object.values(value).every(isPlain);
}

/** Says nothing: null, false, an empty text, list or object. */
export function isBlank(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === '') return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}
