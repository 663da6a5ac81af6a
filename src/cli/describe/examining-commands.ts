import { DOCTOR } from '../../config/doctor-bounds.js';
import { texts as check } from '../../messages/commands/check.js';
import { texts as doctor } from '../../messages/commands/doctor.js';
import { command, type Describe } from './command.js';
import {
  configOptions,
  controlOption,
  langOption,
  modeOption,
  numberIn,
  proxyOption,
  remoteOptions,
} from './options.js';

/** What judges a configuration and its surroundings. */
export const EXAMINING_COMMANDS: Readonly<Record<'check' | 'doctor', Describe>> = {
  check: command(check, (own, words) =>
    remoteOptions(langOption(proxyOption(modeOption(configOptions(own)))))
      .argument('[target]', words.target)
      .option('-e, --endpoint <url>', words.endpoint)
      .option('--agent <agent>', words.agent)
      .option('--insecure-no-auth', own.words.options.insecureNoAuth)
      .option('--json', words.json)
      .option('--strict', words.strict)
      .option('--production', words.production)
      .option('--compose <file>', words.compose)
      .runs(async (target, options) =>
        (await import('../commands/check.js')).check(target, own.line, options),
      ),
  ),

  doctor: command(doctor, (own, words) =>
    controlOption(langOption(proxyOption(modeOption(configOptions(own)))))
      .argument('[server]', words.server)
      .option('-e, --endpoint <url>', words.endpoint)
      .option('--no-dial', words.noDial)
      .option('--offline', words.offline)
      .option('--timeout-ms <ms>', words.timeout, numberIn(own.words, 1_000), DOCTOR.timeoutMs)
      .option('--bundle <file>', words.bundle)
      .option('--json', words.json)
      .option('--strict', words.strict)
      .runs(async (server, options) => (await import('../commands/doctor.js')).doctor(server, options)),
  ),
};
