import { run } from "../../shared/runtime/process/run.ts";
import { JudgeConfig } from "./config.ts";
import { startJudge } from "./start-judge.ts";

await run({ name: "judge", config: JudgeConfig, start: startJudge });
