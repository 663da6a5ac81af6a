import { createInterface } from 'node:readline';

/** Lines that a person types or pastes, or that a program writes into stdin. */
export interface TypedLines {
  /** Resolves with the next line that is not empty; undefined at the end of stdin. */
  next(): Promise<string | undefined>;
  close(): void;
}

/**
 * Reads stdin. A terminal is read sign by sign, because a line that it hands over whole is cut after 1,024 bytes on macOS, and
 * an address may be longer. Ctrl-C arrives as `onInterrupt` then.
 */
export function typedLines(onInterrupt: () => void): TypedLines {
  const { stdin, stderr } = process;
  const reader = createInterface({
    input: stdin,
    ...(stdin.isTTY ? { output: stderr, terminal: true } : {}),
  });
  const lines: string[] = [];
  let isOver = false;
  let wake = () => {};
  reader.on('line', (line) => {
    if (line.trim() !== '') lines.push(line);
    wake();
  });
  reader.on('close', () => {
    isOver = true;
    wake();
  });
  reader.on('SIGINT', onInterrupt);
  return {
    async next() {
      while (lines.length === 0 && !isOver) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      return lines.shift();
    },
    close: () => {
      reader.close();
      // Otherwise the program would wait for an end of stdin.
      stdin.unref?.();
    },
  };
}
