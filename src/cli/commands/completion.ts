import { SCRIPTS, type Shell } from '../completion/scripts.js';
import { ExitCode } from '../exit-codes.js';
import { print } from '../output.js';

/** `mcp-pipe completion SHELL`. Returns the exit code. */
export async function completion(shell: Shell): Promise<number> {
  print(SCRIPTS[shell]);
  return ExitCode.ok;
}
