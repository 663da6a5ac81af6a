import type { Finding } from '../../../protocol/errors.js';
import { bridges } from './bridges.js';
import type { StdioFacts } from './facts.js';
import {
  foreignPrograms,
  missingFolders,
  missingPrograms,
  missingScripts,
  nulCharacters,
} from './programs.js';
import { runnerOptions } from './runners.js';
import { servedFolders } from './served-folders.js';

/** In the order in which a reader would fix things. */
export const rules: readonly ((facts: StdioFacts) => readonly Finding[])[] = [
  nulCharacters,
  foreignPrograms,
  missingFolders,
  missingPrograms,
  missingScripts,
  runnerOptions,
  servedFolders,
  bridges,
];
