import { CONFINEMENT_WORDS } from '../../protocol/confinement-words.js';
import { LAUNCH_WORDS } from '../../protocol/launch-words.js';

/** Why a server could not be started. */
export const launch = { ...LAUNCH_WORDS, ...CONFINEMENT_WORDS };
