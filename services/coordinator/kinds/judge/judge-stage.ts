import { join } from "node:path";
import {
  JudgeMessage,
  parseJudgeMessage,
  samplingOfJudge,
} from "../../../../shared/contracts/messages/judge-message.ts";
import { givenNames } from "../../../../shared/contracts/messages/sampling.ts";
import { isOwnTemplate } from "../../../../shared/judging/templates/own-template.ts";
import { type StageFields, stageFieldsOf } from "../../../../tools/pipeline/stage-kind.ts";

/** A judging job as a stage of a pipeline. */
export const judgeStage: StageFields = {
  fields: stageFieldsOf(JudgeMessage.shape),
  paths: ["input", "output", "temp_dir", "prompt_template", "schema"],
  isPath: (field, text) => field !== "prompt_template" || !isOwnTemplate(text),
  defaults: (stage, { outputDir, tempDir }) => ({
    output: join(outputDir, `${stage}.jsonl`),
    temp_dir: tempDir,
  }),
  check(message) {
    const values = parseJudgeMessage(message);
    const { input, output, annotator, prompt_template: template, schema } = values;
    const words = template === undefined || isOwnTemplate(template) ? [] : [template];
    const stem = output.replace(/\.\w+$/, "");
    return {
      reads: [input, ...words, ...(schema === undefined ? [] : [schema])],
      outputs: { output, errors: `${stem}.errors.jsonl`, report: `${stem}.report.html` },
      calls: [{ annotator, sampling: samplingOfJudge(values), given: givenNames(message), pace: values }],
    };
  },
};
