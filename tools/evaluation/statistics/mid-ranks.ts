/** The rank of a value among counted ones, from 0; equal values share the middle of their ranks. */
export function midRanks(counts: ReadonlyMap<number, number>): (value: number) => number {
  const ranks = new Map<number, number>();
  let below = 0;
  for (const [value, count] of [...counts].sort(([one], [other]) => one - other)) {
    ranks.set(value, below + count / 2);
    below += count;
  }
  return (value) => ranks.get(value)!;
}
