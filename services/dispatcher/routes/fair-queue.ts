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
  const joined = (job: string, weight: number) => {
    size += 1;
    return lineOf(lines, job, weight);
  };
  return {
    peek: (mayStart) => {
      const next = nextLine(lines, mayStart);
      return next && { job: next.job, item: next.items[next.first]! };
    },
    take: (job, cost) => {
      const line = lines.get(job);
      if (line === undefined || length(line) === 0) return undefined;
      size -= 1;
      line.clock += cost / line.weight;
      return shift(line);
    },
    settle: (job, cost) => {
      const line = lines.get(job);
      if (line !== undefined) line.clock += cost / line.weight;
    },
    push: (job, weight, item) => void joined(job, weight).items.push(item),
    pushFront: (job, weight, item) => unshift(joined(job, weight), item),
    remove: (job) => {
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

function length({ items, first }: Line<unknown>): number {
  return items.length - first;
}

function nextLine<Item>(
  lines: ReadonlyMap<string, Line<Item>>,
  mayStart: (job: string) => boolean,
): Line<Item> | undefined {
  let next: Line<Item> | undefined;
  for (const line of lines.values()) {
    if (length(line) === 0 || (next !== undefined && next.clock <= line.clock) || !mayStart(line.job))
      continue;
    next = line;
  }
  return next;
}

/** The line that an item of the job is to be put into. */
function lineOf<Item>(lines: Map<string, Line<Item>>, job: string, weight: number): Line<Item> {
  let line = lines.get(job);
  if (line === undefined) {
    line = { job, weight, clock: 0, items: [], first: 0 };
    lines.set(job, line);
  }
  if (length(line) === 0) line.clock = Math.max(line.clock, present(lines));
  line.weight = weight;
  return line;
}

/** The clock of the job that is next; where none waits, that of the one that is furthest on. */
function present(lines: ReadonlyMap<string, Line<unknown>>): number {
  let [least, most] = [Number.POSITIVE_INFINITY, 0];
  for (const line of lines.values()) {
    most = Math.max(most, line.clock);
    if (length(line) > 0) least = Math.min(least, line.clock);
  }
  return Math.min(least, most);
}

function shift<Item>(line: Line<Item>): Item {
  const item = line.items[line.first]!;
  line.first += 1;
  if (line.first === line.items.length || line.first >= COMPACT_AT) {
    line.items = line.items.slice(line.first);
    line.first = 0;
  }
  return item;
}

function unshift<Item>(line: Line<Item>, item: Item): void {
  if (line.first > 0) line.items[--line.first] = item;
  else line.items.unshift(item);
}
