import type { Draw } from '../live.js';
import { Keyboard } from './keyboard.js';
import { LiveSession, type LiveSessionOptions } from './live-session.js';
import type { Key } from './read-keys.js';

export interface RunKeysOptions extends LiveSessionOptions {
  /** What is written to the terminal: Ctrl-S holds it, Ctrl-Q lets it go on. */
  sink: { hold(): void; release(): void };
  /** Takes what is drawn off the terminal. */
  leave: () => void;
}

/** Reads keys while the block is drawn. `end` gives the terminal its mode back. */
export function runKeys({ sink, leave, ...options }: RunKeysOptions): { draw: Draw; end: () => void } {
  const session = new LiveSession(options);
  const onKeys = (keys: readonly Key[]) => {
    if (keys.includes('hold')) sink.hold();
    if (keys.includes('release') || keys.includes('interrupt')) sink.release();
    session.press(keys);
  };
  const keyboard = new Keyboard({ onKeys, leave });
  return {
    draw: (size) => {
      // Nothing is drawn while another job has the terminal.
      keyboard.on();
      return session.draw(size);
    },
    end: () => {
      keyboard.close();
      session.close();
      sink.release();
    },
  };
}
