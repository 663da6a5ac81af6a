import type { ForeignForm } from '../parts.js';
import { foreignForms } from './import.js';

const quoted = (text: string) => JSON.stringify(text);
/** Most names that are listed one by one. */
const LONGEST_LIST = 8;

/** Findings about keys and files of other programs. */
export const foreignFindings = {
  'other-keys': ({ keys }: { keys: readonly string[] }) => ({
    expected: 'keys that mcp-pipe knows',
    got: `${keys.slice(0, LONGEST_LIST).map(quoted).join(', ')}${keys.length > LONGEST_LIST ? ` and ${keys.length - LONGEST_LIST} more` : ''}`,
    next: 'Nothing to do: settings of other programs are passed over.',
  }),
  'endpoint-elsewhere': ({
    key,
    count,
    envFile,
    importing,
  }: {
    key: string;
    count: number;
    envFile: string;
    /** The command that imports the file. */
    importing: string;
  }) => ({
    expected: `endpoints in ${envFile}`,
    got: count === 1 ? quoted(key) : `${quoted(key)} with ${count} addresses`,
    next:
      count === 1
        ? `Nothing reads the address there: write it into ${envFile} as MCP_ENDPOINT=…, or have everything taken over: ${importing}`
        : `Nothing reads the addresses there. Have an agent with these servers written for each of them: ${importing}`,
  }),
  'token-in-entry': ({ key, variable }: { key: string; variable: string }) => ({
    expected: 'a token inside the address of an endpoint',
    got: quoted(key),
    next: `It is ignored. Write the whole address, token included, into .env as ${variable}=wss://…, or here as "endpoint": "wss://…". What the server itself needs belongs into its "env".`,
  }),
  'part-of-program': ({ name, type }: { name: string; type: string }) => ({
    expected: 'a server that can be started',
    got: `${name}, ${quoted(type)}`,
    next: 'It is not started: it is a part of the program that this file belongs to.',
  }),
  'bare-variable': ({ variable }: { variable: string }) => ({
    expected: `\${${variable}}`,
    got: `$${variable}, which is handed on as it stands`,
    next: `Write \${${variable}}`,
  }),
  'foreign-form': ({ form, count, importing }: { form: ForeignForm; count: number; importing: string }) => ({
    expected: 'servers under "mcpServers"',
    got: `${count} server${count === 1 ? '' : 's'} ${foreignForms[form]}`,
    next: `Have them taken over: ${importing}`,
  }),
  'no-configuration-but': ({ files, importing }: { files: readonly string[]; importing: string }) => ({
    expected: 'a configuration',
    got: `no such file, but servers in ${files.join(', ')}`,
    next: `Have them taken over: ${importing}`,
  }),
};
