/**
 * Up to `most` candidates that the user may have meant, nearest first: few edits away, or the name is a part of them.
 * Case does not count.
 */
export function nearestNames(name: string, candidates: Iterable<string>, most = 3): string[] {
  const wanted = name.slice(0, 200).toLowerCase();
  const allowed = Math.max(2, Math.floor(wanted.length * 0.4));
  return [...candidates]
    .map((candidate) => ({ candidate, distance: closeness(wanted, candidate.toLowerCase()) }))
    .filter(({ distance }) => distance <= allowed)
    .sort((a, b) => a.distance - b.distance || (a.candidate < b.candidate ? -1 : 1))
    .slice(0, most)
    .map(({ candidate }) => candidate);
}

function closeness(wanted: string, candidate: string): number {
  const edits = editDistance(wanted, candidate);
  return wanted.length >= 3 && candidate.includes(wanted) ? Math.min(edits, 1) : edits;
}

/** Levenshtein's: the fewest insertions, deletions and replacements of a character that turn one into the other. */
export function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(replaced, previous[j]! + 1, row[j - 1]! + 1));
    }
    previous = row;
  }
  return previous[b.length]!;
}
