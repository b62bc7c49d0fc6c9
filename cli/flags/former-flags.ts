/** Flags of earlier tools that mean nothing here, by their names in hyphens, each with what takes its place. */
const FORMER: Readonly<Record<string, string>> = {
  "--name":
    "an output is named by its folder or file (--save_dir, --target_dir, --output), and a folder of shards by `assay mix --name`",
  "--batch-size":
    "requests are not sent in groups; --concurrency says how many are open at once, and --max_batch_size how many rows a batch of the provider has",
};

/** What takes the place of a flag that scripts of earlier tools have; undefined where it is none of those. */
export function formerFlag(flag: string): string | undefined {
  return FORMER[flag.split("=", 1)[0]!];
}
