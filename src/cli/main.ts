import { takeBackground } from './background.js';
import { beforeCrash } from './before-crash.js';
import { ExitCode } from './exit-codes.js';
import { languageOf, optionOf } from './language.js';
import { printError } from './output.js';
import { runProgram } from './program.js';

// Shown by ps instead of the command line, which may hold a token.
process.title = 'mcp-pipe';

takeBackground(process.env);

const args = process.argv.slice(2);
const lang = languageOf(optionOf(args, '--lang'), process.env);
let undelivered = false;
/** Resolves when the first error that ends the process is told. */
let told: Promise<unknown> | undefined;

// An error of stdout, such as a reader that has exited (`| head`) or a full disk, must not end a link.
process.stdout.on('error', ({ code = 'unknown' }: NodeJS.ErrnoException) => {
  if (code === 'EPIPE' || undelivered) return;
  undelivered = true;
  process.exitCode = ExitCode.runtime;
  void import('../messages/index.js').then(({ messagesFor }) =>
    printError(`${messagesFor(lang).failures.stdoutLost({ code })}\n`),
  );
});
// An error of stderr cannot be reported.
process.stderr.on('error', () => {});

// Imported only for an error: a start without one does not need the messages.
process.on('uncaughtException', async (error) => {
  // The file is gone when another version was installed while this one ran: then the error is printed as it is. An error
  // of this handler would call it again, without end.
  const explained = await import('./explain.js').then(
    ({ explain }) => explain(error, { lang, debug: args.includes('--debug') }),
    () => ({ lines: [String(error?.stack ?? error)], exitCode: ExitCode.runtime }),
  );
  printError(`${explained.lines.join('\n')}\n`);
  told ??= Promise.all([...beforeCrash].map((tell) => tell(error)));
  await told;
  process.exit(explained.exitCode);
});

void runProgram(args).then((exitCode) => {
  process.exitCode = undelivered && exitCode === ExitCode.ok ? ExitCode.runtime : exitCode;
});
