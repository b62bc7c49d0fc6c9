import { run } from "../../shared/runtime/process/run.ts";
import { DispatcherConfig } from "./config.ts";
import { startDispatcher } from "./dispatcher.ts";

await run({ name: "dispatcher", config: DispatcherConfig, start: startDispatcher });
