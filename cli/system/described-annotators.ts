import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { loadRegistry } from "../../shared/annotators/registry/registry.ts";
import { UserError } from "../../shared/errors.ts";
import { readYaml } from "../../shared/yaml/read-yaml.ts";
import type { ModelsFile } from "../generate/models-file.ts";
import type { Home } from "../supervisor/home.ts";

/**
 * A file of annotators that has those of `file` and those that a file of models describes, for a system that is brought
 * up for them. The same content is the same file, so that a later command finds the system that has it.
 * @throws UserError where both have one of the same name and another description, or one is wrong
 */
export function describedAnnotators(
  home: Home,
  file: string | undefined,
  described: ModelsFile["described"],
): string {
  const own = file === undefined ? {} : annotatorsIn(file);
  for (const [name, fields] of Object.entries(described)) {
    if (own[name] !== undefined && JSON.stringify(own[name]) !== JSON.stringify(fields))
      throw new UserError(`${name} is described in ${file} in another way: leave one of the two out.`);
  }
  const text = stringify({ annotators: { ...own, ...described } });
  const folder = join(home.folder, "annotators");
  const path = join(folder, `${createHash("sha256").update(text).digest("hex").slice(0, 16)}.yaml`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(path, text);
  loadRegistry({ file: path });
  return path;
}

function annotatorsIn(file: string): Record<string, unknown> {
  // Says in its own words what is wrong with the file.
  loadRegistry({ file });
  const { value } = readYaml(readFileSync(file, "utf8"), file);
  return (value as { annotators: Record<string, unknown> }).annotators;
}
