import { type Lang, messagesFor, sayHeadline, wordFinding } from '../observe/messages/index.js';
import { ConfigError, type Finding, McpPipeError } from '../protocol/errors.js';
import { ExitCode } from './exit-codes.js';

export interface Explanation {
  /** Lines for people, without colours. */
  lines: string[];
  exitCode: number;
}

/** Turns an error into words and an exit code. A stack is shown only when asked for, or for a defect of our own. */
export function explain(
  error: unknown,
  { debug = false, lang = 'en' }: { debug?: boolean; lang?: Lang } = {},
): Explanation {
  if (error instanceof ConfigError) {
    const lines = [sayHeadline(error, lang), ...error.findings.map((finding) => sayFinding(finding, lang))];
    return { lines, exitCode: ExitCode.usage };
  }
  if (error instanceof McpPipeError) {
    const lines = [`${error.message} [${error.code}]`];
    if (error.next) lines.push(error.next);
    if (debug && error.stack) lines.push(error.stack);
    return { lines, exitCode: error.code === 'USAGE' ? ExitCode.usage : ExitCode.runtime };
  }
  const defect = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {
    lines: ['mcp-pipe failed unexpectedly. This is a defect; please report it.', defect],
    exitCode: ExitCode.runtime,
  };
}

/** `mcp_config.json:12: mcpServers.calc.command: expected a string, got 42. Write … [CONFIG_TYPE]` */
export function sayFinding(finding: Finding, lang: Lang): string {
  const { where, ...said } = wordFinding(finding, lang);
  return `${where === '' ? '' : `${where}: `}${messagesFor(lang).sayFinding(said)} [${finding.code}]`;
}
