import { join } from "node:path";
import { readFields } from "../../shared/contracts/messages/read-fields.ts";
import { UserError } from "../../shared/errors.ts";
import { isOwnTemplate } from "../../shared/judging/templates/own-template.ts";
import { anyOf } from "../../shared/words/any-of.ts";
import { nearestNames } from "../../shared/words/nearest-names.ts";
import type { JobStages, StageKind } from "./stage-kind.ts";
import type { Tool } from "./tool.ts";
import { TOOLS } from "./tools.ts";

/**
 * What a stage `uses`. Hyphens, underscores and spaces between words are alike. @param jobs the kinds of jobs there are
 * @throws UserError naming what there is
 */
export function stageKindNamed(given: string, jobs: JobStages): StageKind {
  const wanted = plain(given);
  const job = [...jobs].find(([name]) => plain(name) === wanted);
  if (job !== undefined) return job[1];
  const tool = [...TOOLS].find(([name]) => plain(name) === wanted);
  if (tool !== undefined) return toolStage(...tool);
  const names = [...jobs.keys(), ...TOOLS.keys()];
  const near = nearestNames(given, names);
  const hint = near.length > 0 ? `did you mean ${anyOf(near)}?` : `there are ${names.join(", ")}.`;
  throw new UserError(`there is nothing called ${JSON.stringify(given)} that it could use: ${hint}`);
}

const plain = (name: string) =>
  name
    .trim()
    .toLowerCase()
    .replaceAll(/[-_\s]+/g, " ");

function toolStage(name: string, tool: Tool): StageKind {
  const fields = Object.keys(tool.fields.shape);
  return {
    does: "tool",
    kind: name,
    fields,
    paths: [...tool.reads, ...Object.keys(tool.writes)],
    isPath,
    defaults: (stage, { outputDir }) =>
      Object.fromEntries(
        Object.entries(tool.writes).flatMap(([field, named]) =>
          named === null ? [] : [[field, join(outputDir, named(stage))]],
        ),
      ),
    check(message) {
      const missing = Object.fromEntries(tool.reads.map((field) => [field, "name what it reads"]));
      const values = readFields(tool.fields, message, { example: "{}", missing });
      const reads = tool.reads.flatMap((field) => {
        const value = values[field];
        return typeof value === "string" && isPath(field, value) ? [value] : [];
      });
      return { reads, outputs: tool.outputs(values), calls: [] };
    },
  };
}

/** Assay's own templates are known by name. */
function isPath(field: string, text: string): boolean {
  return field !== "prompt_template" || !isOwnTemplate(text);
}
