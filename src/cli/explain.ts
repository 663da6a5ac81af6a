import { formatError } from '../messages/format-error.js';
import { formatFinding } from '../messages/format-finding.js';
import { escapeControls } from '../messages/human.js';
import { formatHeadline, type Lang, messagesFor } from '../messages/index.js';
import { ConfigError, McpPipeError } from '../protocol/errors.js';
import { ExitCode } from './exit-codes.js';

export interface Explanation {
  /** Lines for people, without colours. */
  lines: string[];
  exitCode: number;
}

interface ExplainOptions {
  debug?: boolean;
  lang?: Lang;
  /** True when mcp-pipe runs in its container image, where it is started again when it exits. */
  inContainer?: boolean;
}

/**
 * Turns an error into lines for stderr and an exit code. Quoted texts are escaped, so that they cannot forge a line. The
 * stack is shown only on request.
 */
export function explain(
  error: unknown,
  { debug = false, lang = 'en', inContainer = false }: ExplainOptions = {},
): Explanation {
  const { failures } = messagesFor(lang);
  if (error instanceof ConfigError) {
    const lines = [
      formatHeadline(error, lang),
      ...error.findings.map((finding) => escapeControls(formatFinding(finding, lang))),
      ...(inContainer ? [failures.inContainer] : []),
    ];
    return { lines, exitCode: ExitCode.usage };
  }
  if (error instanceof McpPipeError) {
    const { what, next } = formatError(error, lang);
    const lines = [`${escapeControls(what)} [${shownCode(error)}]`];
    if (next) lines.push(escapeControls(next));
    if (debug && error.stack) lines.push(error.stack);
    return { lines, exitCode: error.code === 'USAGE' ? ExitCode.usage : ExitCode.runtime };
  }
  if (isSystemError(error)) {
    const lines = [`${error.message} [${error.code}]`, failures.system({ code: error.code })];
    if (debug && error.stack) lines.push(error.stack);
    return { lines, exitCode: ExitCode.runtime };
  }
  const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const lines = [failures.unexpected({ message: what })];
  if (!debug) {
    lines.push(failures.reportAgain);
  } else {
    lines.push(failures.report);
    if (error instanceof Error && error.stack) lines.push(error.stack);
  }
  return { lines, exitCode: ExitCode.runtime };
}

/** `LAUNCH_FAILED`; `USAGE no-such-tool`, because many messages share that code. docs/messages.md has each of them. */
function shownCode({ code, said }: McpPipeError): string {
  return code === 'USAGE' && said !== undefined ? `${code} ${said.id}` : code;
}

/** As `explain`, as lines of a JSON log, for programs that read only JSON: `level`, `time`, `event`, `code`, `msg`. */
export function explainToLog(error: unknown, options: ExplainOptions = {}): object[] {
  const { lang = 'en' } = options;
  const time = new Date().toISOString();
  const { lines } = explain(error, options);
  const isConfig = error instanceof ConfigError;
  const id = error instanceof McpPipeError ? error.said?.id : undefined;
  const code = error instanceof McpPipeError ? { code: error.code, ...(id === undefined ? {} : { id }) } : {};
  const heads = isConfig ? [lines[0]!, ...lines.slice(1 + error.findings.length)] : [lines.join(' ')];
  const whole = heads.map((msg) => ({ level: 'error', time, event: 'not-started', ...code, msg }));
  if (!isConfig) return whole;
  const findings = error.findings.map((finding) => {
    const { severity, file, path, line } = finding;
    const level = severity === 'error' ? 'error' : 'warn';
    const place = { file, path, ...(line === undefined ? {} : { line }) };
    return {
      level,
      time,
      event: 'config-finding',
      code: finding.code,
      ...place,
      msg: formatFinding(finding, lang),
    };
  });
  return [whole[0]!, ...findings, ...whole.slice(1)];
}

type SystemError = Error & { code: string; syscall: string };

/** Whether the error is one of the operating system, such as `EACCES: permission denied, open '/x'`. */
function isSystemError(error: unknown): error is SystemError {
  if (!(error instanceof Error)) return false;
  const { code, syscall } = error as NodeJS.ErrnoException;
  return typeof code === 'string' && typeof syscall === 'string';
}
