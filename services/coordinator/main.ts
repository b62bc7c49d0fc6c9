import { run } from "../../shared/runtime/process/run.ts";
import { CoordinatorConfig } from "./config.ts";
import { coordinate } from "./coordinate.ts";

await run({ name: "coordinator", config: CoordinatorConfig, start: coordinate });
