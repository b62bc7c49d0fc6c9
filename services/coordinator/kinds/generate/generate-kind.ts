import { prepareInChild } from "../../../../shared/datasets/preparing/prepare-in-child.ts";
import type { RowsKind } from "../job-kind.ts";
import { generateStage } from "./generate-stage.ts";

/** Prompts are answered: by one model in a job, by several in a plan of such jobs. */
export const generateKind: RowsKind = {
  makes: "rows",
  command: "generate",
  placeFlag: "--target_dir",
  stage: generateStage,
  submit: async () => (await import("./submit-generation.ts")).submitGeneration,
  prepare: async (spec, options) => void (await prepareInChild(spec.dataset, spec.workFolder, options)),
  exporter: async () => (await import("./export-generated.ts")).exportGenerated,
};
