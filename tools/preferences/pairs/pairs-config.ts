import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { stringify } from "yaml";
import { writeText } from "../../../shared/datasets/writing/write-text.ts";
import { readYaml } from "../../../shared/yaml/read-yaml.ts";
import { stemOf } from "../../evaluation/judged/stem.ts";
import type { BinarizeOptions } from "./binarize-row.ts";
import type { DroppedCounts } from "./pair-maker.ts";
import type { PreferenceFormat } from "./preference-format.ts";

/** How a preference dataset was made, for `<output>.config.yaml`, which a card tells of. */
export interface PairsConfig {
  madeBy: "preferences binarize" | "preferences parse";
  /** Where the verdicts lie, by the flags that named it. */
  sources: Record<string, string>;
  output: string;
  format: PreferenceFormat;
  options: BinarizeOptions & { commonAspects?: boolean | undefined; minAspects?: number | undefined };
  counts: { prompts: number; pairs: number; dropped: DroppedCounts; unusable: number };
  /** Verdicts were made up by the simulator. */
  simulated: boolean;
}

const configOf = (dataFile: string) => join(dirname(dataFile), `${stemOf(dataFile)}.config.yaml`);

/**
 * Writes it beside the output; with what the judge's job wrote of itself, where that lies beside the verdicts. It tells no
 * time, so that the same input makes the same files. What a job has written under that name stays.
 */
export async function writePairsConfig(config: PairsConfig): Promise<void> {
  const path = configOf(config.output);
  const before = await readConfig(path);
  if (before !== undefined && before.made_by === undefined) return;
  const { rejected, seed, ties, margin, commonAspects, minAspects } = config.options;
  const { file, shape } = config.format;
  const { dropped, ...counts } = config.counts;
  const { unrated, tied, identical, withinMargin } = dropped;
  const judge =
    config.sources.input === undefined ? undefined : await readConfig(configOf(config.sources.input));
  const told = {
    made_by: config.madeBy,
    params: {
      ...config.sources,
      format: `${shape},${file}`,
      ...{ rejected, seed, ties, margin },
      ...(commonAspects && { common_aspects: true }),
      ...(minAspects !== undefined && { min_aspects: minAspects }),
    },
    counts: { ...counts, unrated, tied, identical, within_margin: withinMargin },
    ...(config.simulated && { simulated: true }),
    ...(judge !== undefined && { judge }),
  };
  await writeText(path, stringify(told));
}

/** Undefined where there is none that can be read. */
async function readConfig(path: string): Promise<Record<string, unknown> | undefined> {
  try {
    const { value } = readYaml(await readFile(path, "utf8"), path);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
