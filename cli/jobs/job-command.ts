import type { AssayCommand } from "../flags/command-line.ts";

/** The commands of a kind of job. */
export interface JobCommand {
  /** Adds the one that runs a job. @param argv what was typed, for saying how to go on */
  add(program: AssayCommand, argv: readonly string[]): void;
  /** Adds the one that estimates it, to `assay estimate`. @param isDefault it is meant where no kind is named */
  addEstimate(estimate: AssayCommand, isDefault: boolean): void;
}
