import { resolve } from 'node:path';
import { type LoadedConfig, loadConfig } from '../../config/load.js';
import type { ControlChoice } from '../../daemon/control-place.js';
import { keyFileIn } from '../../daemon/keys/key-file.js';
import { stateFolderOf } from '../../daemon/state-folder.js';
import { texts } from '../../messages/commands/key.js';
import type { Lang } from '../../messages/index.js';
import { ConfigError } from '../../protocol/errors.js';

export interface KeyOptions extends ControlChoice {
  envFile?: string;
  keyFile?: string;
  servers?: string[];
  agents?: string[];
  tools?: string[];
  readOnly?: boolean;
  rate?: string;
  concurrent?: number;
  expires?: string;
  json?: boolean;
  lang?: string;
}

/** What a command knows before it does anything. */
export interface KeyContext {
  /** Of keys; absolute. */
  file: string;
  /** Undefined: it cannot be read, and `--key-file` says where the keys are. */
  config: LoadedConfig | undefined;
  options: KeyOptions;
  lang: Lang;
  words: typeof texts.en;
}

/** @throws ConfigError when the configuration cannot be read, which may say where the keys are. */
export async function contextOf(options: KeyOptions, lang: Lang): Promise<KeyContext> {
  const { config: wanted, envFile, keyFile } = options;
  const cwd = process.cwd();
  let config: LoadedConfig | undefined;
  try {
    config = await loadConfig({ file: wanted, envFile, env: process.env, cwd });
  } catch (error) {
    // A key can be revoked whatever the configuration looks like.
    if (!(error instanceof ConfigError) || keyFile === undefined) throw error;
  }
  const file =
    keyFile === undefined
      ? keyFileIn(stateFolderOf(wanted), config?.gateway.plan.keyFile)
      : resolve(cwd, keyFile);
  return { file, config, options, lang, words: texts[lang] };
}
