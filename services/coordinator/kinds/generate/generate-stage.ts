import { join } from "node:path";
import { generateCall } from "../../../../shared/annotators/generate-call.ts";
import {
  GenerateMessage,
  parseGenerateMessage,
} from "../../../../shared/contracts/messages/generate-message.ts";
import { isHubPrompts } from "../../../../shared/datasets/hub/hub-prompts.ts";
import { type StageFields, stageFieldsOf } from "../../../../tools/pipeline/stage-kind.ts";

/** A generating job as a stage of a pipeline. */
export const generateStage: StageFields = {
  fields: stageFieldsOf(GenerateMessage.shape),
  paths: ["source_file", "target_dir", "temp_dir"],
  isPath: (field, text) => field !== "source_file" || !isHubPrompts(text),
  defaults: (stage, { outputDir, tempDir }) => ({ target_dir: join(outputDir, stage), temp_dir: tempDir }),
  check(message) {
    const models = parseGenerateMessage(message);
    const { source_file: sources, target_dir: output } = models[0]!.values;
    const reads = sources.filter((source) => !isHubPrompts(source));
    return { reads, outputs: { output }, calls: models.map(generateCall) };
  },
};
