import type { Registry } from "../../shared/annotators/registry/registry.ts";
import type { JobEntry } from "../../shared/contracts/job-entry.ts";
import type { JobProgress } from "../../shared/contracts/job-progress.ts";
import type { PlanProgress } from "../../shared/contracts/plan-progress.ts";
import type { Shard } from "../../shared/contracts/shard.ts";
import type { HubAccess } from "../../shared/datasets/hub/hub-access.ts";
import type { Blobs } from "../../shared/runtime/blobs.ts";
import type { Broker } from "../../shared/runtime/broker.ts";
import type { Leases } from "../../shared/runtime/lease.ts";
import type { Store } from "../../shared/runtime/store.ts";
import type { Pulses } from "./answering/pulses.ts";
import type { DataRoots } from "./kinds/path-guard.ts";

/** What every part of a coordinator works with. */
export interface CoordinatorContext {
  readonly broker: Broker;
  readonly replica: string;
  readonly jobs: Store<JobEntry>;
  readonly progress: Store<JobProgress>;
  readonly plans: Store<PlanProgress>;
  readonly shards: Store<Shard>;
  readonly blobs: Blobs;
  readonly leases: Leases;
  readonly registry: Registry;
  /** Where paths of messages may lie. */
  readonly roots: DataRoots;
  readonly grantKey: string | undefined;
  readonly ackWaitMs: number;
  readonly maxRunningJobs: number;
  readonly hub: HubAccess;
  /** Which services live, and what they wait for. */
  readonly pulses: Pulses;
  /** Aborts when this process stops. */
  readonly stopping: AbortSignal;
}
