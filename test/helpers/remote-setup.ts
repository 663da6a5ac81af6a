import { NOT_REMOTE } from './remote-skips.js';
import { skipListed } from './skips.js';

skipListed(NOT_REMOTE, 'remote-skips.ts');
