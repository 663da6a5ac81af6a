/** The known names nearest to the written one, best first; empty when none is near enough. */
export function nearest(written: string, known: Iterable<string>): string[] {
  const word = written.toLowerCase();
  // A short word is near many others, so only one typing error is allowed in it.
  const limit = Math.max(1, Math.floor(word.length / 3));
  const scored: { name: string; distance: number; edits: number }[] = [];
  for (const name of known) {
    const other = name.toLowerCase();
    const contained = word.length >= 3 && (other.includes(word) || word.includes(other)) && other.length >= 3;
    const edits = editDistance(word, other);
    const distance = contained ? 1 : edits;
    if (distance <= limit) scored.push({ name, distance, edits });
  }
  return scored.sort((a, b) => a.distance - b.distance || a.edits - b.edits).map(({ name }) => name);
}

/** Number of typing errors between two words: a letter too many, too few, another one, or two neighbours swapped. */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1;
      const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swap = isSwapped ? before[j - 2]! + 1 : Number.POSITIVE_INFINITY;
      next.push(Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + change, swap));
    }
    before = row;
    row = next;
  }
  return row[b.length]!;
}
