/** Nobody mistypes more; the distance of long texts takes its time. */
const LONGEST = 200;

/** Those of `names` that `name` may have been meant to be, nearest first, at most `limit`; none if all are far off. */
export function nearestNames(name: string, names: Iterable<string>, limit = 3): string[] {
  const wanted = name.slice(0, LONGEST).toLowerCase();
  return [...new Set(names)]
    .map((candidate) => ({ candidate, distance: distanceBetween(wanted, candidate.toLowerCase()) }))
    .filter(({ candidate, distance }) => isNear(distance, Math.max(wanted.length, candidate.length)))
    .sort((a, b) => a.distance - b.distance || a.candidate.localeCompare(b.candidate))
    .slice(0, limit)
    .map(({ candidate }) => candidate);
}

/** Names that have no letter in common are no likeness, however short. */
function isNear(distance: number, longest: number): boolean {
  return distance <= Math.max(2, longest * 0.4) && distance < longest;
}

/** A name that is a part of the other is one step away. */
function distanceBetween(a: string, b: string): number {
  const isPart = a !== b && a.length > 2 && b.length > 2 && (a.includes(b) || b.includes(a));
  return isPart ? 1 : editDistance(a, b);
}

/** Levenshtein's: the fewest insertions, deletions and replacements of a character that turn one into the other. */
export function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(change, previous[j]! + 1, current[j - 1]! + 1));
    }
    previous = current;
  }
  return previous[b.length]!;
}
