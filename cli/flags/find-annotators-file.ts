import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { UserError } from "../../shared/errors.ts";
import type { CliConfig } from "../config.ts";

/**
 * The registry file of further annotators: the one of the flag, of ASSAY_ANNOTATORS, annotators.yaml in the home or
 * in this folder; undefined where there is none. @throws UserError when a named one does not exist
 */
export function findAnnotatorsFile(config: CliConfig, flag: string | undefined): string | undefined {
  const named = flag ?? config.annotators;
  if (named === undefined) {
    return [join(config.home, "annotators.yaml"), resolve("annotators.yaml")].find((path) =>
      existsSync(path),
    );
  }
  if (existsSync(named)) return resolve(named);
  const source = flag === undefined ? "ASSAY_ANNOTATORS" : "--annotators";
  throw new UserError(
    `${source} names ${named}, which does not exist: give the path of a YAML file of annotators.`,
  );
}
