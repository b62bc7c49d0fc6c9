import { orderOf } from "../../../../shared/datasets/children/child-order.ts";
import { moduleBeside } from "../../../../shared/installation/module-beside.ts";
import type { RowsKind } from "../job-kind.ts";
import { judgeStage } from "./judge-stage.ts";
import { JudgeTask } from "./judge-task.ts";

const PREPARING = moduleBeside(import.meta.url, "./prepare-judgements-process.ts");

/** Responses are judged: a call for each part of an item's judgement. */
export const judgeKind: RowsKind = {
  makes: "rows",
  command: "judge",
  placeFlag: "--output",
  stage: judgeStage,
  submit: async () => (await import("./submit-judging.ts")).submitJudging,
  async prepare({ dataset, workFolder, task }, { signal }) {
    const order = { request: dataset, folder: workFolder, task: JudgeTask.parse(task) };
    await orderOf(PREPARING, order, "The input cannot be read", { signal });
  },
  exporter: async () => (await import("./export-judged.ts")).exportJudged,
};
