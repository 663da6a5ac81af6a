import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from 'node:child_process';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { root, stateFolder } from './cli.js';
import { eventually, PATIENCE_MS } from './eventually.js';
import { Screen } from './screen.js';

/** Whether tests can have a terminal: python3 provides one, on systems that have them. */
export const hasPty = ((): boolean => {
  try {
    execFileSync(
      'python3',
      ['-c', 'import pty, fcntl, termios; assert hasattr(__import__("os"), "waitstatus_to_exitcode")'],
      {
        stdio: 'ignore',
      },
    );
    return true;
  } catch {
    return false;
  }
})();

export interface PtyOptions {
  cwd: string;
  env?: Record<string, string>;
  rows?: number;
  columns?: number;
}

/** The built program with a real terminal on stdin, stdout and stderr. */
export class Pty {
  /** Every byte that the terminal got. */
  raw = '';
  readonly screen = new Screen();
  readonly exited: Promise<number | string>;
  readonly #child: ChildProcessWithoutNullStreams;
  #pid = '';

  constructor(args: readonly string[], { cwd, env = {}, rows = 24, columns = 100 }: PtyOptions) {
    const { CI: _, NO_COLOR: __, FORCE_COLOR: ___, MCP_ENDPOINT: ____, ...inherited } = process.env;
    const program = [process.execPath, join(root, 'bin/mcp-pipe.js'), ...args];
    const script = join(root, 'test/fixtures/in_terminal.py');
    this.#child = spawn('python3', [script, String(rows), String(columns), ...program], {
      cwd,
      env: { ...inherited, TERM: 'xterm-256color', XDG_STATE_HOME: stateFolder, ...env },
    });
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.raw += text;
      this.screen.write(text);
    });
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#pid += text;
    });
    // Keys that come when the program has just ended.
    this.#child.stdin.on('error', () => {});
    this.exited = new Promise((resolve) =>
      this.#child.on('close', (code, signal) => resolve(code ?? signal!)),
    );
    onTestFinished(async () => {
      // The program ends, too, when its terminal ends.
      this.#child.kill('SIGKILL');
      await this.exited;
    });
  }

  /** Id of the program's process. */
  get pid(): number {
    return Number.parseInt(this.#pid, 10);
  }

  /** Whether the program, which has exited, has left the terminal in the mode in which it was. */
  get isUsual(): boolean {
    return this.#pid.includes('usual mode');
  }

  press(keys: string): void {
    this.#child.stdin.write(`${JSON.stringify({ keys })}\n`);
  }

  resize(rows: number, columns: number): void {
    this.#child.stdin.write(`${JSON.stringify({ size: [rows, columns] })}\n`);
  }

  /** Resolves when the screen shows the text. */
  shows(what: string | RegExp, timeoutMs = PATIENCE_MS): Promise<true> {
    const probe = () =>
      typeof what === 'string' ? this.screen.text.includes(what) : what.test(this.screen.text);
    return eventually(() => probe() || undefined, { timeoutMs, what: `${what} on the screen` }).catch(
      (error) => {
        throw new Error(`${error.message}; it shows:\n${this.screen.text}`);
      },
    ) as Promise<true>;
  }
}
