/** The known names closest to what was written, best first; empty when none is close enough to be meant. */
export function nearest(written: string, known: Iterable<string>): string[] {
  const word = written.toLowerCase();
  const limit = Math.max(2, Math.floor(word.length / 3));
  const scored: { name: string; distance: number }[] = [];
  for (const name of known) {
    const other = name.toLowerCase();
    const contained = word.length >= 3 && (other.includes(word) || word.includes(other)) && other.length >= 3;
    const distance = contained ? 1 : editDistance(word, other);
    if (distance <= limit) scored.push({ name, distance });
  }
  return scored.sort((a, b) => a.distance - b.distance).map(({ name }) => name);
}

/** Levenshtein distance, one row at a time. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1;
      next.push(Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + change));
    }
    row = next;
  }
  return row[b.length]!;
}
