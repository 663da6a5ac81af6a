/** Why a server could not be started. */
export { LAUNCH_WORDS as launch } from '../../protocol/launch-words.js';
