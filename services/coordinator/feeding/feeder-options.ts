import type { RequestJob } from "../../../shared/contracts/job-entry.ts";
import type { RowResult } from "../../../shared/contracts/result-chunk.ts";
import type { ChunkWork } from "../../../shared/lanes.ts";
import type { Broker } from "../../../shared/runtime/broker.ts";
import type { Wake } from "../../../shared/timing/wake.ts";
import type { ResultsLedger } from "../collecting/results-ledger.ts";
import type { ProgressKeeper } from "../job/progress-keeper.ts";
import type { RowSource } from "./row-source.ts";

/** What a job is fed with. */
export interface FeederOptions {
  broker: Broker;
  entry: RequestJob;
  keeper: ProgressKeeper;
  ledger: ResultsLedger;
  rows: RowSource;
  enter: (results: RowResult[]) => Promise<void>;
  /** What the work stream may hold. */
  streamBytes: number;
  ackWaitMs: number;
  wake: Wake;
  signal: AbortSignal;
  paused: () => boolean;
  /** Where the lane takes chunks, and the service that does. */
  chunks: ChunkWork;
  worker: string;
}
