import { run } from "../../shared/runtime/process/run.ts";
import { BatchSupervisorConfig } from "./config.ts";
import { supervise } from "./supervise.ts";

await run({ name: "batch-supervisor", config: BatchSupervisorConfig, start: supervise });
