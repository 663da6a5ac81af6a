import type { CountStored } from '../../config/gateway-section.js';
import { stateFolderOf } from '../state-folder.js';
import { keyFileIn, readKeyFile } from './key-file.js';

/** Counts the keys of `mcp-pipe key` for a configuration. A file that cannot be used asks for a key all the same. */
export function countStored(config: string | undefined): CountStored {
  return (keyFile) => {
    try {
      return readKeyFile(keyFileIn(stateFolderOf(config), keyFile))?.length;
    } catch {
      return 0;
    }
  };
}
