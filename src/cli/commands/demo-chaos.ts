import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { childEnvironments, inheritedEnvironment } from '../../config/child-environment.js';
import { Environment } from '../../config/environment.js';
import { defaultOptions } from '../../config/server-options.js';
import { App } from '../../daemon/app.js';
import { type ChaosServer, isGood, runChaos } from '../../daemon/chaos/chaos.js';
import type { ChaosTool } from '../../daemon/chaos/traffic.js';
import { listenForStop } from '../../daemon/shutdown.js';
import { texts } from '../../messages/commands/demo.js';
import { ExitCode } from '../exit-codes.js';
import { languageOf } from '../language.js';
import type { LogOptions } from '../log-options.js';
import { openLog } from '../logging.js';
import { wrapLines } from '../output.js';
import { packageRoot } from '../package-root.js';
import { version } from '../version.js';
import { chaosJson, chaosText, faultLine } from './demo-chaos-text.js';

export interface ChaosDemoOptions extends LogOptions {
  seed?: number;
  /** How long faults happen. */
  seconds?: number;
  json?: boolean;
}

/** Long enough for each kind of fault to happen several times on each link. */
const DEFAULT_SECONDS = 60;
/** Seeds that are chosen are short, so that people can copy them. */
const SEEDS = 100_000;
/** Most milliseconds that an answer of the echo takes: longer than a reconnect, so that faults meet calls that run. */
const ECHO_MOST_MS = 250;

const echo: ChaosTool = {
  name: 'echo',
  ask: (count, random) => {
    const answer = `call ${count}, xin chào`;
    return { arguments: { text: answer, ms: Math.round(ECHO_MOST_MS * random) }, answer };
  },
};
const calculate: ChaosTool = {
  name: 'calculate',
  ask: (count, random) => {
    const part = Math.floor(count * random);
    return { arguments: { expression: `${part} + ${count - part}` }, answer: String(count) };
  },
};

/** `mcp-pipe demo --chaos`: lets servers and connections fail while calls go on. Returns the exit code. */
export async function demoChaos(options: ChaosDemoOptions): Promise<number> {
  const { seed = randomInt(1, SEEDS), seconds = DEFAULT_SECONDS, json = false } = options;
  const lang = languageOf(options.lang, process.env);
  const words = texts[lang].chaos;
  // What fails here fails on purpose: its errors would only hide the rest.
  const log = await openLog(json ? { ...options, live: false } : options, process.env, [], {
    fallbackLevel: 'fatal',
  });
  const columns = () => (process.stdout.isTTY ? process.stdout.columns || undefined : undefined);
  const say = (text: string) => log.print(`${wrapLines(text, columns())}\n`);
  const tell = json ? () => {} : say;
  let app: App | undefined;
  const stop = listenForStop(() => app?.force());
  const interrupted = new AbortController();
  void stop.asked.then(() => interrupted.abort());
  try {
    const report = await runChaos({
      ...{ seed, runMs: seconds * 1_000, signal: interrupted.signal },
      servers: {
        steady: [serverOf('echo', echo), serverOf('calculator', calculate)],
        turns: [serverOf('echo', echo, 'echo-2'), serverOf('calculator', calculate, 'calculator-2')],
      },
      make: (plan, observer) => {
        const observers = [observer, ...log.observers];
        const { onObserverFailed } = log;
        const made = new App(plan, { version: version(), lang, observers, onObserverFailed });
        app = made;
        log.show({ changes: made.changes, links: () => made.watch.links });
        return made;
      },
      onBegin: ({ address, links }) => {
        tell(words.begins({ seconds, seed, address, links: links.join(', ') }));
        if (process.platform === 'win32') tell(words.noFreeze);
        tell('');
      },
      onFault: (fault) => tell(faultLine(fault, lang)),
      onCalm: () => tell(`\n${words.calm}`),
    });
    log.hide();
    if (json) log.print(chaosJson(report));
    else say(`\n${chaosText(report, lang)}`);
    if (report.isInterrupted) return ExitCode.interrupted;
    return isGood(report) ? ExitCode.ok : ExitCode.runtime;
  } finally {
    stop.dispose();
    log.hide();
    await log.flush();
  }
}

function serverOf(example: 'echo' | 'calculator', tool: ChaosTool, name: string = example): ChaosServer {
  const root = fileURLToPath(packageRoot);
  const environmentOf = childEnvironments(inheritedEnvironment(new Environment(process.env, root), [], []));
  const args = [join(root, `examples/${example}.js`)];
  const launch = { command: process.execPath, args, cwd: root, env: environmentOf({}, {}) };
  return { plan: { kind: 'stdio', name, launch, options: defaultOptions }, tool };
}
