import { prettifier } from '../../observe/log.js';
import type { LogRecord } from '../../observe/log-ring.js';
import { Redactor } from '../../observe/redact.js';
import { print, printJsonLine, printStyled } from '../output.js';
import { wantsColour } from '../terminal.js';

/**
 * Returns a function that prints records as the log does: as lines for people, with a line for each new day, or as JSON, one
 * object per line.
 */
export async function printRecords({
  json = false,
}: {
  json?: boolean;
}): Promise<(records: readonly LogRecord[]) => void> {
  const { stdout } = process;
  if (json) return (records) => records.forEach(printJsonLine);
  const isTerminal = stdout.isTTY === true;
  const toLine = await prettifier({
    colour: wantsColour(process.env, isTerminal),
    redactor: new Redactor(),
    ...(isTerminal ? { columns: () => stdout.columns || undefined } : {}),
  });
  let day = dayOf(Date.now());
  return (records) => {
    for (const record of records) {
      if (typeof record.text === 'string') {
        print(`${record.text}\n`);
        continue;
      }
      const next = dayOf(Date.parse(String(record.time)));
      if (next !== day) printStyled(`--- ${next} ---\n`);
      day = next;
      printStyled(toLine(record));
    }
  };
}

/** `2026-01-31`, in the time zone of this process. */
function dayOf(at: number): string {
  const date = new Date(at);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
