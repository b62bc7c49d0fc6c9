import { type Batch, isFinal } from "./batch-object.ts";

/** The batches of one simulator. */
export type BatchStore = {
  add(batch: Batch): void;
  get(id: string): Batch | undefined;
  /** Oldest first. */
  all(): Batch[];
  /** Those that have not ended, oldest first. */
  open(): Batch[];
  /** Tokens that count for a model's enqueued limit: the prompts of its batches from validation to their end. */
  enqueuedTokens(model: string): number;
  clear(): void;
  /** Whether someone takes the open batches further at the moment. */
  isWorking: boolean;
};

export function createBatchStore(): BatchStore {
  const batches = new Map<string, Batch>();
  let open: Batch[] = [];
  const stillOpen = () => {
    open = open.filter((batch) => !isFinal(batch));
    return open;
  };
  return {
    isWorking: false,
    add(batch) {
      batches.set(batch.id, batch);
      open.push(batch);
    },
    get: (id) => batches.get(id),
    all: () => [...batches.values()],
    open: stillOpen,
    enqueuedTokens: (model) =>
      stillOpen()
        .filter(({ order, checked }) => order !== null && checked?.model === model)
        .reduce((sum, { checked }) => sum + checked!.promptTokens, 0),
    clear() {
      for (const batch of batches.values()) batch.dropped = true;
      batches.clear();
      open = [];
    },
  };
}
