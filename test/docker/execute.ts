// Apart from engine.ts, because the image is built before there are tests to ask about.
import { type ExecFileException, execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

export interface Output {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** Runs a program to its end; the exit code is an answer, running out of time an error. */
export function execute(
  program: string,
  args: readonly string[],
  { cwd = root, timeoutMs = 60_000 } = {},
): Promise<Output> {
  const options = { cwd, timeout: timeoutMs, maxBuffer: 64 * 1024 * 1024 };
  return new Promise((resolve, reject) => {
    execFile(program, args, options, (error: ExecFileException | null, stdout, stderr) => {
      if (error && typeof error.code !== 'number') return reject(error);
      resolve({ exitCode: Number(error?.code ?? 0), stdout, stderr });
    });
  });
}

export const uniqueName = () => `mcp-pipe-test-${randomBytes(4).toString('hex')}`;
