import { execFileSync } from 'node:child_process';
import type { ReadStream } from 'node:tty';
import { inBackground } from '../live.js';
import { type Key, keysIn } from './read-keys.js';

export interface KeyboardOptions {
  onKeys: (keys: readonly Key[]) => void;
  /** Called before another program gets the terminal. */
  leave: () => void;
  /** Default: that of the process. */
  stdin?: ReadStream;
  /** Whether this job has the terminal now. Default: as the system says. */
  hasTerminal?: () => boolean;
}

/** Signals that end a process, and at which Node does not give the terminal its mode back. */
const ENDING: readonly NodeJS.Signals[] = ['SIGHUP', 'SIGQUIT'];

/** Sends a signal to every process of this job, as the terminal itself would. */
function signalJob(signal: NodeJS.Signals): void {
  // Windows knows no jobs; a signal that is sent there ends the process at once.
  if (process.platform === 'win32') process.emit(signal, signal);
  else process.kill(0, signal);
}

/**
 * Reads single keys from the terminal. In this mode (raw) the terminal sends Ctrl-C and others as bytes, so they are turned
 * into their signals here. Node gives the terminal its own mode back at an exit, SIGINT and SIGTERM, and this class at the signals
 * that end the process otherwise; only SIGKILL leaves it as it is. Nothing is
 * read, and the mode is left alone, while another job has the terminal: the system would stop this process for it.
 */
// D156
export class Keyboard {
  readonly #stdin: ReadStream;
  readonly #onKeys: KeyboardOptions['onKeys'];
  readonly #leave: KeyboardOptions['leave'];
  readonly #hasTerminal: () => boolean;
  #isOn = false;
  #isOver = false;
  /** False until SIGCONT, after another job was found to have the terminal. */
  #mayLook = true;

  constructor({ onKeys, leave, stdin = process.stdin, hasTerminal = asTheSystemSays }: KeyboardOptions) {
    this.#stdin = stdin;
    this.#onKeys = onKeys;
    this.#leave = leave;
    this.#hasTerminal = hasTerminal;
    stdin.on('data', this.#onData).on('end', this.#ended).on('error', this.#ended);
    // A listener makes the stream flow.
    stdin.pause();
    if (process.platform === 'win32') return;
    process.on('SIGCONT', this.#resumed);
    for (const signal of ENDING) process.on(signal, this.#ending);
  }

  /** Call it while this job has the terminal: keys are read from now on. */
  readonly on = (): void => {
    if (this.#isOn || this.#isOver || !this.#mayLook) return;
    this.#mayLook = this.#hasTerminal();
    if (!this.#mayLook) return;
    this.#isOn = true;
    // Node takes the mode for set already if the shell has changed it meanwhile.
    this.#stdin.setRawMode(false).setRawMode(true).resume();
  };

  /** Ends the reading, and gives the terminal its mode back. */
  close(): void {
    if (this.#isOn) this.#off();
    this.#ended();
    // Also when the terminal itself has ended before: a listener that stays would send itself its signal again and again.
    this.#stdin.off('data', this.#onData).off('end', this.#ended).off('error', this.#ended);
    process.off('SIGCONT', this.#resumed);
    for (const signal of ENDING) process.off(signal, this.#ending);
  }

  readonly #ended = (): void => {
    this.#isOver = true;
    this.#isOn = false;
  };

  readonly #onData = (bytes: Buffer): void => {
    const keys = keysIn(bytes.toString('utf8'));
    this.#onKeys(keys);
    for (const key of keys) this.#signal(key);
  };

  #signal(key: Key): void {
    if (key === 'interrupt') return signalJob('SIGINT');
    if (process.platform === 'win32' || (key !== 'suspend' && key !== 'core')) return;
    this.#leave();
    this.#off();
    signalJob(key === 'core' ? 'SIGQUIT' : 'SIGTSTP');
  }

  #off(): void {
    this.#isOn = false;
    this.#stdin.pause();
    this.#stdin.setRawMode(false);
  }

  /** Ends the process as the signal would have without this listener; a run takes SIGHUP for something else. */
  readonly #ending = (signal: NodeJS.Signals): void => {
    if (signal === 'SIGHUP' && process.listenerCount(signal) > 1) return;
    this.#leave();
    this.close();
    process.kill(process.pid, signal);
  };

  /** After SIGCONT, the terminal has the mode that the shell gave it, and maybe another job. */
  readonly #resumed = (): void => {
    this.#mayLook = true;
    if (!this.#isOn) return;
    this.#isOn = false;
    this.#stdin.pause();
    this.on();
  };
}

/** Whether this job has the terminal now. */
function asTheSystemSays(): boolean {
  const { platform, pid } = process;
  if (platform === 'win32') return true;
  if (platform === 'linux') return !inBackground();
  try {
    const [group, foreground] = execFileSync('ps', ['-o', 'pgid=,tpgid=', '-p', String(pid)], {
      ...{ encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
    })
      .trim()
      .split(/\s+/);
    return group !== undefined && group === foreground;
  } catch {
    return false;
  }
}
