import { join } from "node:path";
import { generateCall } from "../../shared/annotators/generate-call.ts";
import { GenerateMessage, parseGenerateMessage } from "../../shared/contracts/generate-message.ts";
import { JudgeMessage, parseJudgeMessage, samplingOfJudge } from "../../shared/contracts/judge-message.ts";
import {
  parseReannotateMessage,
  ReannotateMessage,
  samplingOf,
} from "../../shared/contracts/reannotate-message.ts";
import { givenNames } from "../../shared/contracts/sampling.ts";
import { DATA_FILE } from "../../shared/datasets/dataset-format.ts";
import { isHubPrompts } from "../../shared/datasets/hub-prompts.ts";
import { datasetName } from "../../shared/datasets/resolve-dataset.ts";
import { isOwnTemplate } from "../../shared/judging/templates/own-template.ts";
import type { StageKind } from "./stage-kind.ts";

/** They hold for the pipeline as a whole. */
const OF_THE_PIPELINE = ["overwrite", "retry_failed"];
const fieldsOf = (shape: object) => Object.keys(shape).filter((field) => !OF_THE_PIPELINE.includes(field));

const reannotateStage: StageKind = {
  does: "job",
  kind: "dataset-reannotate",
  fields: fieldsOf(ReannotateMessage.shape),
  paths: ["dataset", "save_dir", "temp_dir"],
  defaults: (stage, { outputDir, tempDir }) => ({ save_dir: join(outputDir, stage), temp_dir: tempDir }),
  check(message) {
    const values = parseReannotateMessage(message);
    const { dataset, annotator, save_dir, format } = values;
    const isFile = DATA_FILE.test(dataset);
    const name = isFile ? datasetName({ kind: "file", path: dataset }) : dataset.replaceAll("/", "_");
    const folder = join(save_dir, `${name.replace(/^hf:/, "")}_${annotator.replaceAll("/", "_")}`);
    const output = join(folder, `reannotated.${format}`);
    const call = { annotator, sampling: samplingOf(values), given: givenNames(message), pace: values };
    return { reads: isFile ? [dataset] : [], outputs: { output, folder }, calls: [call] };
  },
};

const generateStage: StageKind = {
  does: "job",
  kind: "responses-generate",
  fields: fieldsOf(GenerateMessage.shape),
  paths: ["source_file", "target_dir", "temp_dir"],
  defaults: (stage, { outputDir, tempDir }) => ({ target_dir: join(outputDir, stage), temp_dir: tempDir }),
  check(message) {
    const models = parseGenerateMessage(message);
    const { source_file: sources, target_dir: output } = models[0]!.values;
    const reads = sources.filter((source) => !isHubPrompts(source));
    return { reads, outputs: { output }, calls: models.map(generateCall) };
  },
};

const judgeStage: StageKind = {
  does: "job",
  kind: "preferences-judge",
  fields: fieldsOf(JudgeMessage.shape),
  paths: ["input", "output", "temp_dir", "prompt_template", "schema"],
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

/** Jobs by the commands' names. */
export const JOB_STAGES: ReadonlyMap<string, StageKind> = new Map([
  ["reannotate", reannotateStage],
  ["generate", generateStage],
  ["judge", judgeStage],
]);
