import { prepareInChild } from "../../../../shared/datasets/preparing/prepare-in-child.ts";
import type { RowsKind } from "../job-kind.ts";
import { reannotateStage } from "./reannotate-stage.ts";

/** A dataset is annotated anew, a call a row. */
export const reannotateKind: RowsKind = {
  makes: "rows",
  command: "reannotate",
  placeFlag: "--save_dir",
  stage: reannotateStage,
  submit: async () => (await import("./submit-reannotation.ts")).submitReannotation,
  prepare: async (spec, options) => void (await prepareInChild(spec.dataset, spec.workFolder, options)),
  exporter: async () => (await import("./export-reannotated.ts")).exportReannotated,
};
