import { run } from "../../shared/runtime/run.ts";
import { DispatcherConfig } from "./config.ts";
import { startDispatcher } from "./dispatcher.ts";

await run({ name: "dispatcher", config: DispatcherConfig, start: startDispatcher });
