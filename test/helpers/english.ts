/**
 * Words that occur in nearly every English sentence and are never Vietnamese (`in`, `to`, `do`, `an`, `so`, `can` and `no`
 * are Vietnamese words, too).
 */
const ENGLISH = new Set(
  `the is are was were of with and from which this that these those has have had cannot does did when what where
   every each its been being would will may must should than then their they you your there here into before after
   because if for only other another nothing something somebody nobody or not but be by at as on it
   expected correct write wrong server's try again next look start make use used`.split(/\s+/),
);

/** Parts that are not prose: code, quotations, addresses, paths, options, variables, placeholders, joined words. */
const NO_PROSE = [
  /mcp-pipe start\b/g,
  // In the list of commands.
  /^ {2}start\b/gm,
  /`[^`]*`/g,
  /"[^"\n]*"/g,
  /'[^'\n]*'/g,
  /<[^>\n]*>/g,
  /\[[A-Z_a-z-]+\]/g,
  /\$\{[^}]*\}/g,
  /\S*[\d/\\=@_{}$~]\S*/g,
  /(?<!\S)-\S+/g,
  /[A-Za-z]+(?:[.:-][A-Za-z]+)+/g,
];

/** The English words in a text that should be Vietnamese; empty when there are none. */
export function englishIn(text: string): string[] {
  const prose = NO_PROSE.reduce((rest, pattern) => rest.replace(pattern, ' · '), text);
  return [...prose.matchAll(/(?<![\p{L}\p{M}])[A-Za-z]+(?![\p{L}\p{M}])/gu)]
    .map(([word]) => word)
    .filter((word) => ENGLISH.has(word.toLowerCase()) && word !== word.toUpperCase());
}
