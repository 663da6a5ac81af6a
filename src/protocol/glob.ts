/**
 * Whether a glob is that of a name: `*` stands for any text, `?` for one character. Pure. Without a regular expression, which takes
 * exponential time for several `*`.
 */
export function matchesGlob(glob: string, name: string): boolean {
  const [pattern, text] = [[...glob], [...name]];
  let [at, from] = [0, 0];
  // Index of the last `*` in the glob, and where in the name the text that it stands for ends.
  let [star, reach] = [-1, 0];
  while (from < text.length) {
    if (pattern[at] === '*') {
      star = at;
      reach = from;
      at += 1;
    } else if (at < pattern.length && (pattern[at] === '?' || pattern[at] === text[from])) {
      at += 1;
      from += 1;
    } else if (star >= 0) {
      reach += 1;
      from = reach;
      at = star + 1;
    } else return false;
  }
  return pattern.slice(at).every((character) => character === '*');
}
