import type { HaltReason } from "../../../shared/contracts/collector-questions.ts";
import { ENDED, type JobEntry, type RequestJob } from "../../../shared/contracts/job-entry.ts";
import type { JobProgress } from "../../../shared/contracts/job-progress.ts";
import type { Shard } from "../../../shared/contracts/shard.ts";
import type { HubAccess } from "../../../shared/datasets/hub/hub-access.ts";
import type { Blobs } from "../../../shared/runtime/blobs.ts";
import type { Broker } from "../../../shared/runtime/broker.ts";
import type { Lease } from "../../../shared/runtime/lease.ts";
import type { Store } from "../../../shared/runtime/store.ts";
import type { Wake } from "../../../shared/timing/wake.ts";
import { editJob } from "../job/edit-job.ts";
import { haltedEntry } from "../job/end-job.ts";
import type { ProgressKeeper } from "../job/progress-keeper.ts";
import type { EntryWatch } from "./entry-watch.ts";
import type { RepeatedFaults } from "./repeated-faults.ts";

/** What a job is owned with. */
export interface Owning {
  broker: Broker;
  jobs: Store<JobEntry>;
  progress: Store<JobProgress>;
  shards: Store<Shard>;
  blobs: Blobs;
  entry: RequestJob;
  lease: Lease;
  replica: string;
  ackWaitMs: number;
  hub: HubAccess;
  faults: RepeatedFaults;
  /** Aborts when this process stops. */
  stopping: AbortSignal;
}

/** The same once the job is taken over. */
export interface Carrying extends Owning {
  owner: string;
  keeper: ProgressKeeper;
  wake: Wake;
  watch: EntryWatch;
  signal: AbortSignal;
}

/** The job pauses or fails, unless it is over or has another run. */
export async function halt(owning: Owning, state: "paused" | "failed", reason: HaltReason): Promise<void> {
  await editJob(owning.broker, owning.jobs, owning.entry.id, (now) =>
    now.run === owning.entry.run && !ENDED.has(now.state) ? haltedEntry(now, state, reason) : undefined,
  );
}
