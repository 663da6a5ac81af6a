import { BOUNDS } from '../../config/bounds.js';
import { GATEWAY } from '../../config/gateway-defaults.js';
import { KEYS } from '../../config/key-defaults.js';
import { keyHashText } from '../../config/key-hash.js';
import { hashKey } from '../../daemon/keys/scrypt.js';
import type { texts } from '../../messages/commands/key.js';
import { usageError } from '../../messages/worded.js';
import { ExitCode } from '../exit-codes.js';
import { printError, printJson, printResult } from '../output.js';

/** `mcp-pipe key hash`: hashes the key on standard input. Returns the exit code. */
export async function hash({ json }: { json?: boolean }, words: typeof texts.en): Promise<number> {
  const key = (await standardInput()).trim();
  if (key === '') throw usageError('key-stdin');
  // What a header carries unchanged.
  if (!/^[\x21-\x7e]+$/.test(key)) throw usageError('key-characters');
  if (key.length < GATEWAY.shortKey) printError(`${words.weak({ least: GATEWAY.shortKey })}\n`);
  const text = keyHashText(await hashKey(key, KEYS.costOfGiven));
  if (json) printJson({ hash: text });
  else printResult(`${text}\n`, 'stdout');
  return ExitCode.ok;
}

/** What comes by a pipe or from a file; a person would see the key on the terminal. */
async function standardInput(): Promise<string> {
  if (process.stdin.isTTY) throw usageError('key-stdin');
  let text = '';
  for await (const chunk of process.stdin.setEncoding('utf8')) {
    text += chunk;
    if (text.length > BOUNDS.secretFileBytes) throw usageError('key-characters');
  }
  return text;
}
