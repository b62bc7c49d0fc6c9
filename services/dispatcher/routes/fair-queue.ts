/**
 * Items of several jobs in the order in which they are to be started: first come first served within a job; between
 * jobs each gets a share of the cost that is proportional to its weight. A job's clock runs on by cost / weight with
 * each of its items, and the job whose clock is furthest behind is next; one that comes back from being idle starts at
 * the present, so that it neither owes nor is owed for that time. What an item cost is known when it is through: until
 * then an estimate stands for it.
 */
export interface FairQueue<Item> {
  /** Next item of a job that `mayStart`, without taking it. */
  peek(mayStart: (job: string) => boolean): { job: string; item: Item } | undefined;
  /** Takes that job's next item; `cost` is what it takes of the route. */
  take(job: string, cost: number): Item | undefined;
  /** Adds what an item cost more than was said when it was taken; negative: less. */
  settle(job: string, cost: number): void;
  push(job: string, weight: number, item: Item): void;
  /** Before all others of its job: it has waited already. */
  pushFront(job: string, weight: number, item: Item): void;
  /** Takes out all that a job has. */
  remove(job: string): Item[];
  readonly size: number;
  sizeOf(job: string): number;
}

interface Line<Item> {
  job: string;
  weight: number;
  /** Virtual time. */
  clock: number;
  items: Item[];
  first: number;
}

const COMPACT_AT = 1024;

export function fairQueue<Item>(): FairQueue<Item> {
  const lines = new Map<string, Line<Item>>();
  let size = 0;

  const length = (line: Line<Item>) => line.items.length - line.first;
  /** The clock of the job that is next; where none waits, that of the one that is furthest on. */
  const present = () => {
    let [least, most] = [Number.POSITIVE_INFINITY, 0];
    for (const line of lines.values()) {
      most = Math.max(most, line.clock);
      if (length(line) > 0) least = Math.min(least, line.clock);
    }
    return Math.min(least, most);
  };
  const lineOf = (job: string, weight: number) => {
    let line = lines.get(job);
    if (line === undefined) {
      line = { job, weight, clock: 0, items: [], first: 0 };
      lines.set(job, line);
    }
    if (length(line) === 0) line.clock = Math.max(line.clock, present());
    line.weight = weight;
    size += 1;
    return line;
  };

  return {
    peek(mayStart) {
      let next: Line<Item> | undefined;
      for (const line of lines.values()) {
        if (length(line) === 0 || (next !== undefined && next.clock <= line.clock) || !mayStart(line.job))
          continue;
        next = line;
      }
      return next && { job: next.job, item: next.items[next.first]! };
    },
    take(job, cost) {
      const line = lines.get(job);
      if (line === undefined || length(line) === 0) return undefined;
      const item = line.items[line.first]!;
      line.first += 1;
      size -= 1;
      line.clock += cost / line.weight;
      if (line.first === line.items.length || line.first >= COMPACT_AT) {
        line.items = line.items.slice(line.first);
        line.first = 0;
      }
      return item;
    },
    settle(job, cost) {
      const line = lines.get(job);
      if (line !== undefined) line.clock += cost / line.weight;
    },
    push: (job, weight, item) => void lineOf(job, weight).items.push(item),
    pushFront(job, weight, item) {
      const line = lineOf(job, weight);
      if (line.first > 0) line.items[--line.first] = item;
      else line.items.unshift(item);
    },
    remove(job) {
      const line = lines.get(job);
      if (line === undefined) return [];
      lines.delete(job);
      size -= length(line);
      return line.items.slice(line.first);
    },
    get size() {
      return size;
    },
    sizeOf: (job) => {
      const line = lines.get(job);
      return line === undefined ? 0 : length(line);
    },
  };
}
