import { join } from "node:path";
import {
  parseReannotateMessage,
  ReannotateMessage,
  samplingOf,
} from "../../../../shared/contracts/messages/reannotate-message.ts";
import { givenNames } from "../../../../shared/contracts/messages/sampling.ts";
import { datasetName } from "../../../../shared/datasets/finding/resolve-dataset.ts";
import { DATA_FILE } from "../../../../shared/datasets/reading/dataset-format.ts";
import { type StageFields, stageFieldsOf } from "../../../../tools/pipeline/stage-kind.ts";

/** A re-annotation as a stage of a pipeline. */
export const reannotateStage: StageFields = {
  fields: stageFieldsOf(ReannotateMessage.shape),
  paths: ["dataset", "save_dir", "temp_dir"],
  isPath: (field, text) => field !== "dataset" || DATA_FILE.test(text),
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
