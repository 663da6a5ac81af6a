/** What is done about a definition that nobody has approved: told, held back as well, or nothing. */
export type DriftMode = (typeof DRIFT_MODES)[number];
export const DRIFT_MODES = ['tell', 'hold', 'ignore'] as const;
